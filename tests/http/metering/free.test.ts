/** So many requests a month are free for each network, told before anybody pays; then one is sold, or a pack of many. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { monthOf } from '#lib/paywall/entitlements/take-free-use.ts'
import { type ApiShop, ruleOf, startApiShop } from '#tests/support/api-shop.ts'
import type { Reply } from '#tests/support/gateway.ts'
import { startUpstream, type TestUpstream } from '#tests/support/upstream.ts'
import { prune } from '#workers/pruning.ts'

let upstream: TestUpstream
let shop: ApiShop
let networks = 0

beforeAll(async () => {
  upstream = await startUpstream((req, res) => {
    if (req.url === '/down') return res.writeHead(503).end()
    res.writeHead(200, { 'Cache-Control': 'public, max-age=600' }).end(`score at ${req.url}`)
  })
  shop = await startApiShop([upstream], { trustedProxies: '127.0.0.1' })
  const one = { lastsSeconds: null, rate: null, uses: 1, price: '10' }
  await shop.sell({
    slug: 'scores',
    url: upstream.url,
    rules: [ruleOf('node', '/**', { sats: 10, uses: 1, freeMonthly: 3, pack: { ...one, price: '800', uses: 100 } })],
  })
})
afterAll(async () => {
  await shop?.close()
  await upstream?.close()
})

/** As a proxy in front of us tells where a client is. */
const from = (address: string) => ({ 'X-Forwarded-For': address, 'X-Forwarded-Proto': 'https' })

/** Of a network where nobody asked before. */
function newAddress(): string {
  networks += 1
  return `198.51.${networks}.7`
}

const get = (
  address: string,
  path = '/x',
  more: { method?: string; headers?: Record<string, string> } = {},
): Promise<Reply> => shop.ask(`/scores${path}`, { ...more, headers: { ...from(address), ...more.headers } })

const statuses = async (asked: Promise<Reply>[]) => (await Promise.all(asked)).map(({ status }) => status)

test('three are free and say how many are left, for nobody’s cache; the fourth is a 402 that tells of them', async () => {
  const address = newAddress()
  for (const left of ['2', '1', '0']) {
    const reply = await get(address)
    expect([reply.status, reply.text, reply.header('l402-free-remaining')]).toEqual([200, 'score at /x', left])
    expect(reply.headers('cache-control')).toEqual(['private, no-store'])
    expect(reply.header('l402-covers')).toBeUndefined()
  }
  const refused = await get(address)
  expect(refused.status).toBe(402)
  expect(refused.json()).toMatchObject({
    priceSats: 10,
    free: { requests: 3, per: 'network', period: 'month', left: 0 },
    offers: [
      { id: 'single', price_sats: 10, uses: 1 },
      { id: 'pack', price_sats: 800, uses: 100 },
    ],
  })
})

test('of fifty at once exactly three are let in', async () => {
  const before = upstream.arrived.length
  const address = newAddress()
  const all = await statuses(Array.from({ length: 50 }, () => get(address)))
  expect(all.filter((status) => status === 200)).toHaveLength(3)
  expect(upstream.arrived).toHaveLength(before + 3)
})

test.each([
  ['198.18.5.1', '198.18.5.200', '198.18.6.1'],
  ['2001:db8:7::1', '2001:db8:7:ff::2', '2001:db8:8::1'],
])('%s and %s are one network, %s is another', async (one, same, other) => {
  expect(await statuses([get(one), get(one), get(same)])).toEqual([200, 200, 200])
  expect((await get(same)).status).toBe(402)
  expect((await get(other)).status).toBe(200)
})

test('what had no result takes none, nor does HEAD, nor a request that is paid for', async () => {
  const address = newAddress()
  for (let n = 0; n < 5; n += 1) expect((await get(address, '/down')).status).toBe(503)
  expect((await get(address, '/x', { method: 'HEAD' })).status).toBe(402)
  const elsewhere = newAddress()
  for (let n = 0; n < 3; n += 1) await get(elsewhere)
  const bought = await shop.buy('/scores/x', from(elsewhere))
  const paid = await get(address, '/x', { headers: { Authorization: bought.authorization } })
  expect([paid.header('l402-uses-remaining'), paid.header('l402-free-remaining')]).toEqual(['0', undefined])
  expect((await get(address)).header('l402-free-remaining')).toBe('2')
})

test('the pack is had by its name, and opens as often as it says', async () => {
  const address = newAddress()
  for (let n = 0; n < 3; n += 1) await get(address)
  const bought = await shop.buy('/scores/x?l402_offer=pack', from(address))
  const reply = await get(address, '/x', { headers: { Authorization: bought.authorization } })
  expect(reply.header('l402-uses-remaining')).toBe('99')
})

test('the catalogues tell of it', async () => {
  const manifest = (await shop.ask('/.well-known/l402.json')).json() as { services: object[] }
  expect(manifest.services).toContainEqual(
    expect.objectContaining({
      free: { requests: 3, per: 'network', period: 'month' },
      offers: [
        { id: 'single', price_msat: 10_000, uses: 1 },
        { id: 'pack', price_msat: 800_000, uses: 100 },
      ],
    }),
  )
  expect((await shop.ask('/llms.txt')).text).toContain('3 free requests a month for each network.')
})

test('the next month begins anew, and what the last ones used is deleted', async () => {
  const address = newAddress()
  expect(await statuses([get(address), get(address), get(address)])).toEqual([200, 200, 200])
  const { client } = shop.database.owner
  await client.freeUse.updateMany({ data: { month: monthOf(new Date(Date.now() - 32 * 86_400_000)) } })
  // A gateway remembers for half a minute who has none left; nobody was refused here.
  expect((await get(address)).header('l402-free-remaining')).toBe('2')
  const clock = { now: () => new Date(Date.now() + 40 * 86_400_000) }
  await prune({ db: shop.database.jobs, clock, pruneAfterSeconds: 86_400 }, new AbortController().signal)
  expect(await client.freeUse.findMany({ where: { month: { lt: monthOf(new Date()) } } })).toEqual([])
})
