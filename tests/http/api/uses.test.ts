/** A use is held while the upstream works, kept when its answer begins, and given back when there is none. */
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '#lib/clock.ts'
import { type ApiShop, ruleOf, startApiShop } from '#tests/support/api-shop.ts'
import type { Purchase, Reply } from '#tests/support/gateway.ts'
import { until } from '#tests/support/until.ts'
import { startLiar, startUpstream, type TestUpstream } from '#tests/support/upstream.ts'
import { prune } from '#workers/pruning.ts'

let upstream: TestUpstream
let liar: TestUpstream
let shop: ApiShop
/** Answers that hang until a test lets them go. */
const hanging: { end(text: string): unknown }[] = []
const told: Record<string, (socket: Socket) => void> = {
  '/reset': (socket) => socket.resetAndDestroy(),
  '/silent-end': (socket) => socket.end(),
  '/dies-before': (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n'),
  '/dies-after': (socket) =>
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf', () => setImmediate(() => socket.destroy())),
  '/hang': () => undefined,
}

beforeAll(async () => {
  upstream = await startUpstream((req, res) => {
    const [, status] = /^\/status\/(\d+)$/.exec(req.url ?? '') ?? []
    if (req.url === '/unsteady' && upstream.arrived.length % 3 === 0) {
      return upstream.arrived.length % 2 === 0 ? res.writeHead(500).end() : res.destroy()
    }
    if (req.url === '/wait') return void hanging.push(res)
    res.writeHead(Number(status ?? 200), { 'Content-Type': 'text/plain' }).end(status === '304' ? undefined : 'answer')
  })
  liar = await startLiar((socket, head) => told[head.split(' ')[1] ?? '']?.(socket))
  shop = await startApiShop([upstream, liar], { tokenLimits: 'reads=10000/10000' })
  const rules = (uses: number) => [ruleOf('all', '/**', { sats: 3, uses })]
  await shop.sell({ slug: 'ten', url: upstream.url, rules: rules(10) })
  await shop.sell({ slug: 'liar', url: liar.url, rules: rules(10), timeoutMs: 1_000 })
})
afterAll(async () => {
  await shop?.close()
  await Promise.all([upstream?.close(), liar?.close()])
})

const get = (path: string, { authorization }: Purchase): Promise<Reply> =>
  shop.ask(path, { headers: { Authorization: authorization } })
/** By asking once more. */
const leftAfterOneMore = async (path: string, bought: Purchase) =>
  (await get(path, bought)).header('l402-uses-remaining')
const countLeases = () => shop.database.owner.client.useLease.count()

test('of a hundred requests at once a token for ten uses opens exactly ten', async () => {
  const bought = await shop.buy('/ten/x')
  const before = upstream.arrived.length
  const replies = await Promise.all(Array.from({ length: 100 }, () => get('/ten/x', bought)))
  const statuses = Map.groupBy(replies, ({ status }) => status)
  expect([statuses.get(200)?.length, statuses.get(402)?.length]).toEqual([10, 90])
  expect(upstream.arrived).toHaveLength(before + 10)
  expect(statuses.get(402)?.[0]?.json()).toMatchObject({ reason: 'l402.exhausted', detail: 'uses' })
  expect(await countLeases()).toBe(0)
})

test('with an upstream that fails every third time a token for ten uses has exactly ten results', async () => {
  const bought = await shop.buy('/ten/x')
  let results = 0
  for (let isOver = false; !isOver; ) {
    const replies = await Promise.all(Array.from({ length: 60 }, () => get('/ten/unsteady', bought)))
    results += replies.filter(({ status }) => status === 200).length
    expect(replies.every(({ status }) => [200, 402, 500, 502].includes(status))).toBe(true)
    isOver = replies.every(({ status }) => status === 402)
  }
  expect(results).toBe(10)
  expect(await usedOf(bought)).toBe(10n)
})

test.each(['500', '503', '408', '425', '429', '304'])(
  '%s of the upstream is passed on and takes no use',
  async (status) => {
    const bought = await shop.buy('/ten/x')
    const reply = await get(`/ten/status/${status}`, bought)
    expect(reply.status).toBe(Number(status))
    expect(reply.header('l402-uses-remaining')).toBeUndefined()
    expect(await leftAfterOneMore('/ten/x', bought)).toBe('9')
  },
)

test.each(['400', '404', '201', '302'])('%s of the upstream is a result and takes one', async (status) => {
  const bought = await shop.buy('/ten/x')
  const reply = await get(`/ten/status/${status}`, bought)
  expect([reply.status, reply.header('l402-uses-remaining')]).toEqual([Number(status), '9'])
  expect(await leftAfterOneMore('/ten/x', bought)).toBe('8')
})

test.each(['401', '402', '407'])(
  '%s of the upstream is trouble of its owner with us, and takes no use',
  async (status) => {
    const bought = await shop.buy('/ten/x')
    const reply = await get(`/ten/status/${status}`, bought)
    expect([reply.status, reply.header('l402-reason')]).toEqual([502, 'upstream.unreachable'])
    expect(reply.headers('www-authenticate')).toEqual([])
    expect(await leftAfterOneMore('/ten/x', bought)).toBe('9')
  },
)

test.each([
  ['/reset', 502],
  ['/silent-end', 502],
  ['/dies-before', 502],
  ['/hang', 504],
])('an upstream that does %s before its first byte takes no use', async (path, status) => {
  const bought = await shop.buy('/liar/x')
  for (let n = 0; n < 12; n += 1) {
    const reply = await get(`/liar${path}`, bought)
    expect(reply.status).toBe(status)
    expect(reply.json()).toMatchObject({ reason: status === 504 ? 'upstream.timeout' : 'upstream.unreachable' })
    if (status === 504) break
  }
  expect(await usedOf(bought)).toBe(0n)
  expect(await countLeases()).toBe(0)
})

test('an upstream that dies after its first byte has taken one, and the answer is seen to be broken', async () => {
  const bought = await shop.buy('/liar/x')
  const askedAt = performance.now()
  await expect(get('/liar/dies-after', bought)).rejects.toThrow(/aborted|hang up|ECONNRESET/)
  expect(performance.now() - askedAt).toBeLessThan(10_000)
  expect(await usedOf(bought)).toBe(1n)
  expect(await countLeases()).toBe(0)
})

test('who hangs up when the work was asked for has used it, and the upstream hears of it within a second', async () => {
  const bought = await shop.buy('/ten/x')
  const before = upstream.arrived.length
  const req = httpRequest({
    host: '127.0.0.1',
    port: shop.port,
    path: '/ten/wait',
    agent: false,
    headers: { Host: shop.host, Authorization: bought.authorization },
  })
  req.on('error', () => undefined).end()
  await until('the upstream has the request', async () => upstream.arrived.length > before && hanging.length === 1)
  const [waiting] = hanging.splice(0) as unknown as [import('node:http').ServerResponse]
  const goneAt = performance.now()
  req.destroy()
  if (!waiting.destroyed) await once(waiting, 'close')
  expect(performance.now() - goneAt).toBeLessThan(1_000)
  await until('the use is kept', async () => (await countLeases()) === 0)
  expect(await usedOf(bought)).toBe(1n)
})

test('what a killed gateway held comes back when its time is over, and not before', async () => {
  const { client } = shop.database.owner
  const bought = await shop.buy('/ten/x')
  for (let n = 0; n < 9; n += 1) expect((await get('/ten/x', bought)).status).toBe(200)
  const tokenId = await tokenIdOf(bought)
  await client.$executeRaw`
    insert into use_lease (creator_id, id, token_id, service, kind, cost, expires_at)
    select creator_id, 'use_of_a_dead_one', token_id, service, kind, 1, now() + interval '1 minute' from use_counter where token_id = ${tokenId}`
  await client.$executeRaw`update use_counter set used = used + 1 where token_id = ${tokenId}`
  expect((await get('/ten/x', bought)).status).toBe(402)
  await client.$executeRaw`update use_lease set expires_at = now() - interval '1 second'`
  const replies = await Promise.all([get('/ten/x', bought), get('/ten/x', bought), get('/ten/x', bought)])
  expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 402, 402])
})

test('the workers give back what nobody holds any more, and nothing that somebody does', async () => {
  const { client } = shop.database.owner
  const [gone, held] = [await shop.buy('/ten/x'), await shop.buy('/ten/x')]
  for (const [bought, age] of [
    [gone, '2 hours'],
    [held, '1 minute'],
  ] as const) {
    expect((await get('/ten/x', bought)).status).toBe(200)
    await client.$executeRaw`
      insert into use_lease (creator_id, id, token_id, service, kind, cost, expires_at)
      select creator_id, ${`use_${age}`}, token_id, service, kind, 1, now() - ${age}::interval from use_counter where token_id = ${await tokenIdOf(bought)}`
  }
  await prune({ db: shop.database.jobs, clock: systemClock, pruneAfterSeconds: 86_400 }, new AbortController().signal)
  expect([await usedOf(gone), await usedOf(held)]).toEqual([0n, 1n])
  expect(await countLeases()).toBe(1)
})

async function tokenIdOf({ challenge }: Purchase): Promise<Uint8Array<ArrayBuffer>> {
  const row = await shop.database.owner.client.challenge.findFirstOrThrow({ where: { id: challenge } })
  return row.tokenId
}

async function usedOf(bought: Purchase): Promise<bigint> {
  const tokenId = await tokenIdOf(bought)
  const rows = await shop.database.owner.client.useCounter.findMany({ where: { tokenId } })
  return rows[0]?.used ?? 0n
}
