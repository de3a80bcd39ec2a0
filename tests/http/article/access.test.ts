/** Whom a creator keeps out, and how a resource lets in who has paid: settings that every gateway follows within two seconds. */
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sha256 } from '#lib/crypto.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import { formatCredential } from '#lib/l402/credential-text.ts'
import { markOf } from '#lib/paywall/blocks/block.ts'
import { listBlocks } from '#lib/paywall/blocks/block-store.ts'
import { addBlock, removeBlock } from '#lib/paywall/blocks/change-blocks.ts'
import type { AccessInput } from '#lib/paywall/resources/access.ts'
import { setAccess } from '#lib/paywall/resources/set-access.ts'
import { type ApiShop, ruleOf, type SoldApi, startApiShop } from '#tests/support/api-shop.ts'
import { PAID_SENTENCE, type Purchase, startTestGateway, type TestGateway } from '#tests/support/gateway.ts'
import { askFor, postJson } from '#tests/support/gateway-browser.ts'
import { tokenIdOf } from '#tests/support/token-id.ts'
import { unpaidPreimage } from '#tests/support/unpaid-preimage.ts'
import { until } from '#tests/support/until.ts'
import { startUpstream, type TestUpstream } from '#tests/support/upstream.ts'

const OPEN: AccessInput = { requireSettled: false, browsersPay: false, rateRequests: '', rateSeconds: '', atOnce: '' }
const BROWSER = { Accept: 'text/html', 'User-Agent': 'Mozilla/5.0' }
const THERE = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-For': '203.0.113.7' }
const ELSEWHERE = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-For': '198.51.100.7' }

let upstream: TestUpstream
let shop: ApiShop
let beside: TestGateway
let sold: SoldApi
let tides: { resourceId: string }
let bought: Purchase
/** Resolves open answers of the upstream. */
let letGo: (() => void)[] = []
beforeAll(async () => {
  upstream = await startUpstream((req, res) => {
    req.resume()
    res.write('begun')
    if (req.url?.includes('slow')) letGo.push(() => res.end())
    else res.end()
  })
  shop = await startApiShop([upstream], { trustedProxies: '127.0.0.1' })
  beside = await startTestGateway({
    beside: shop,
    trustedProxies: '127.0.0.1',
    egressAllow: `127.0.0.1:${upstream.port}`,
  })
  tides = await shop.publish({ title: 'Tides', sats: 210 })
  // So that it is never the upstream's silence that ends an answer.
  const rules = [ruleOf('node', '/**', { sats: 5 })]
  sold = await shop.sell({ slug: 'scores', url: upstream.url, rules, timeoutMs: 60_000 })
  bought = await shop.buy('/tides', ELSEWHERE)
  await shop.settled(bought.challenge)
})
afterAll(async () => {
  for (const end of letGo) end()
  await beside?.close()
  await shop?.close()
  await upstream?.close()
})

const deps = () => ({ db: shop.database.web, sha256 })
const block = (subject: string) => addBlock(deps(), { creatorId: shop.creatorId, subject, note: '' })
const read = (headers: Record<string, string>, path = '/tides', gateway: TestGateway = shop) =>
  gateway.ask(path, { headers })
const pay = ({ authorization }: Purchase) => ({ Authorization: authorization, ...ELSEWHERE })
async function unblockAll(): Promise<void> {
  const rows = await shop.database.web.asCreator(shop.creatorId, (tx) => listBlocks(tx, shop.creatorId))
  for (const { id } of rows) await removeBlock(deps(), { creatorId: shop.creatorId, id })
  await shop.changed()
}
async function allow(resourceId: string, access: Partial<AccessInput>): Promise<void> {
  const saved = await setAccess(deps(), { creatorId: shop.creatorId, resourceId, ...OPEN, ...access })
  expect(saved.kind).toBe('saved')
  await shop.changed()
}

describe('a network that its creator blocks', () => {
  test('is refused on every gateway within two seconds, paid or not, without an invoice; other networks are served', async () => {
    expect((await read({ ...THERE, Authorization: bought.authorization })).status).toBe(200)
    expect(await block('203.0.113.0/24')).toEqual({ kind: 'applied' })
    for (const gateway of [shop, beside])
      await until('it is refused', async () => (await read(THERE, '/tides', gateway)).status === 403, {
        withinMs: 2_000,
      })
    for (const headers of [{}, BROWSER, { Authorization: bought.authorization }]) {
      const reply = await read({ ...headers, ...THERE })
      expect([reply.status, reply.header('l402-reason')]).toEqual([403, 'paywall.blocked'])
      expect(reply.header('www-authenticate')).toBeUndefined()
      expect(reply.text).toContain('The author does not serve this network. Nothing was charged.')
    }
    const pressed = await postJson(
      shop,
      '/_l402/challenge',
      { resource: 'tides' },
      { ...THERE, Origin: `https://${shop.host}` },
    )
    expect([pressed.status, pressed.json().reason]).toEqual([403, 'paywall.blocked'])
    expect((await read({ Authorization: bought.authorization, ...ELSEWHERE })).text).toContain(PAID_SENTENCE)
    await unblockAll()
    expect((await read({ ...THERE, Authorization: bought.authorization })).status).toBe(200)
  })

  test('loses an answer that is under way', async () => {
    const api = await shop.buy('/scores/slow', THERE)
    const open = read({ ...THERE, Authorization: api.authorization }, '/scores/slow').catch(() => 'cut')
    await until('the upstream has begun', () => letGo.length === 1)
    await block('203.0.113.7')
    expect(await open).toBe('cut')
    letGo = []
    await unblockAll()
  })
})

describe('a token that its creator blocks', () => {
  test('by its id, by its name at the upstream or pasted whole, opens nothing and buys nothing; another token does', async () => {
    const spellings = [
      ({ macaroon }: Purchase) => encodeHex(tokenIdOf(macaroon)),
      ({ macaroon }: Purchase) => encodeHex(markOf(sha256, tokenIdOf(macaroon))),
      ({ authorization }: Purchase) => authorization,
    ]
    const other = await shop.buy('/tides', ELSEWHERE)
    const blocked: Purchase[] = []
    for (const spell of spellings) {
      const mine = await shop.buy('/tides', ELSEWHERE)
      expect((await read(pay(mine))).status).toBe(200)
      expect(await block(spell(mine))).toEqual({ kind: 'applied' })
      expect(await block(spell(mine))).toEqual({ kind: 'replayed' })
      blocked.push(mine)
    }
    await shop.changed()
    for (const path of ['/tides', '/scores/any']) {
      for (const mine of blocked) {
        const reply = await read(pay(mine), path)
        const said = [reply.status, reply.header('l402-reason'), reply.json().detail]
        expect(said).toEqual([403, 'paywall.blocked', 'token'])
        expect(reply.header('www-authenticate')).toBeUndefined()
        expect(reply.json().message).toContain('The author has blocked this token')
      }
    }
    expect((await read(pay(other))).status).toBe(200)
    const both = { ...ELSEWHERE, Authorization: `${blocked[0]?.authorization}, ${other.authorization}` }
    expect((await read(both)).status).toBe(200)
    await unblockAll()
  })

  test.each(['', '0.0.0.0/0', '203.0.113.7/24', '::/8', 'somebody', 'L402 AgEI:00', 'f'.repeat(63)])(
    'is not what %o names',
    async (subject) => {
      expect(await block(subject)).toMatchObject({ kind: 'invalid', fields: { subject: expect.any(String) } })
    },
  )
})

describe('a token at a resource with bounds', () => {
  test('is let in at the pace of that resource and waits for the rest; another token has its own', async () => {
    await allow(tides.resourceId, { rateRequests: '3', rateSeconds: '3600' })
    const other = await shop.buy('/tides', ELSEWHERE)
    const statuses: number[] = []
    for (let n = 0; n < 5; n++) statuses.push((await read(pay(bought))).status)
    expect(statuses).toEqual([200, 200, 200, 429, 429])
    const slowed = await read(pay(bought))
    expect([slowed.header('l402-reason'), slowed.json().detail]).toEqual(['limit.rate', 'resource'])
    expect(Number(slowed.header('retry-after'))).toBeGreaterThan(60)
    expect((await read(pay(other))).status).toBe(200)
    await allow(tides.resourceId, {})
    expect((await read(pay(bought))).status).toBe(200)
  })

  test('has so many answers under way and no more; one that ends makes room, also when its client hangs up', async () => {
    await allow(sold.resourceId, { atOnce: '2' })
    const [api, other] = [await shop.buy('/scores/slow', ELSEWHERE), await shop.buy('/scores/slow', ELSEWHERE)]
    const open = [1, 2].map(() => read(pay(api), '/scores/slow'))
    await until('two are under way', () => letGo.length === 2)
    const third = await read(pay(api), '/scores/quick')
    expect([third.status, third.json().detail, third.header('retry-after')]).toEqual([429, 'at_once', '1'])
    expect((await read(pay(other), '/scores/quick')).status).toBe(200)
    letGo.shift()?.()
    await Promise.race(open)
    await until('there is room again', async () => (await read(pay(api), '/scores/quick')).status === 200)
    letGo.shift()?.()
    await Promise.all(open)
    const headers = { Host: shop.host, ...pay(api) }
    const impatient = [1, 2].map(() => request({ port: shop.port, path: '/scores/slow', headers, agent: false }).end())
    for (const each of impatient) each.on('error', () => undefined)
    await until('two more are under way', () => letGo.length === 2)
    for (const each of impatient) each.destroy()
    await until('their room is free', async () => (await read(pay(api), '/scores/quick')).status === 200)
    for (let n = 0; n < 6; n++) expect((await read(pay(api), '/scores/quick')).status).toBe(200)
    await allow(sold.resourceId, {})
  })
})

test('where the payment must have arrived, a proof alone opens nothing and costs nobody a second invoice', async () => {
  await allow(tides.resourceId, { requireSettled: true })
  expect((await read(pay(bought))).status).toBe(200)
  // Its preimage is known before anybody paid, as to who stole a ring key: the node is the judge.
  const asked = await read(ELSEWHERE)
  const macaroon = Buffer.from(String(asked.json().macaroon), 'base64')
  const forged = unpaidPreimage(shop.node, String(asked.json().payment_hash))
  const early = { ...ELSEWHERE, Authorization: `L402 ${formatCredential(macaroon, forged)}` }
  const reply = await read(early)
  expect([reply.status, reply.header('l402-reason'), reply.json().payment_hash]).toEqual([
    402,
    'l402.unsettled',
    asked.json().payment_hash,
  ])
  await shop.node.pay(String(asked.json().invoice))
  await until('it opens once paid', async () => (await read(early)).status === 200)
  await allow(tides.resourceId, {})
})

test('where browsers are to pay too, opening the page is 402 with the preview and an invoice', async () => {
  expect((await read({ ...BROWSER, ...ELSEWHERE })).status).toBe(200)
  await allow(tides.resourceId, { browsersPay: true })
  const reply = await read({ ...BROWSER, ...ELSEWHERE })
  expect([reply.status, reply.header('content-type')]).toEqual([402, 'text/html; charset=utf-8'])
  expect(reply.header('www-authenticate')).toContain('invoice="')
  await allow(tides.resourceId, {})
  expect((await read({ ...BROWSER, ...ELSEWHERE })).status).toBe(200)
  expect((await askFor(shop, 'tides')).invoice).toBeTypeOf('string')
})
