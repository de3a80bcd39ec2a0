/** What is sold by the seller's own unit: reserved before the answer, settled at what the upstream tells, and never more than was bought. */
import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '#lib/clock.ts'
import { readChallenges } from '#lib/l402/challenge.ts'
import { formatCredential } from '#lib/l402/credential-text.ts'
import type { VolumeMeter } from '#lib/paywall/entitlements/volume-meter.ts'
import { setRules } from '#lib/paywall/resources/api/set-rules.ts'
import { type ApiShop, ruleOf, startApiShop } from '#tests/support/api-shop.ts'
import type { Purchase, Reply } from '#tests/support/gateway.ts'
import { narrow } from '#tests/support/narrow.ts'
import { until } from '#tests/support/until.ts'
import { startUpstream, type TestUpstream } from '#tests/support/upstream.ts'

let upstream: TestUpstream
let shop: ApiShop
/** Bodies as they arrived. */
const bodies: string[] = []
/** Answers that wait for a test. */
const waiting: ServerResponse[] = []

const USAGE = { prompt_tokens: 20, completion_tokens: 30 }
const CHAT: VolumeMeter = {
  unit: 'token',
  told: {
    from: 'json',
    values: [
      { pointer: '/usage/prompt_tokens', weightMilli: 500 },
      { pointer: '/usage/completion_tokens', weightMilli: 1_000 },
    ],
  },
  estimate: { units: 0, asked: { pointer: '/max_tokens', weightMilli: 1_000, ceiling: 500 } },
}
const BY_FIELD: VolumeMeter = { unit: 'call', told: { from: 'header' }, estimate: { units: 100, asked: null } }

const json = { 'Content-Type': 'application/json' }
const events = { 'Content-Type': 'text/event-stream' }
const chunk = (usage: object | null) => `data: ${JSON.stringify({ choices: ['x'], usage })}\n\n`

const SERVE: Record<string, (res: ServerResponse) => unknown> = {
  '/whole': (res) => res.writeHead(200, json).end(JSON.stringify({ choices: ['x'.repeat(70_000)], usage: USAGE })),
  '/stream': (res) => {
    res.writeHead(200, events)
    for (const usage of [null, { prompt_tokens: 1, completion_tokens: 1 }, null, USAGE]) res.write(chunk(usage))
    res.end('data: [DONE]\n\n')
  },
  '/packed': (res) =>
    res.writeHead(200, { ...json, 'Content-Encoding': 'gzip' }).end(gzipSync(JSON.stringify({ usage: USAGE }))),
  '/silent': (res) => res.writeHead(200, json).end('{"choices":[]}'),
  '/nonsense': (res) => res.writeHead(200, json).end('{"usage":{"completion_tokens":"-4"}'),
  '/bad': (res) => res.writeHead(400, json).end('{"error":"no"}'),
  '/down': (res) => res.writeHead(503, json).end('{}'),
  '/more': (res) => res.writeHead(200, json).end('{"usage":{"completion_tokens":900}}'),
  '/wait': (res) => {
    res.writeHead(200, events)
    res.write(chunk(null))
    waiting.push(res)
  },
  '/field': (res) => res.writeHead(200, { 'X-L402-Volume': '7' }).end('x'),
  '/behind': (res) => {
    res.writeHead(200, { Trailer: 'X-L402-Volume' })
    res.write('x')
    res.addTrailers({ 'X-L402-Volume': '9' })
    res.end()
  },
  '/odd': (res) => res.writeHead(200, { 'X-L402-Volume': '1e3' }).end('x'),
}

beforeAll(async () => {
  upstream = await startUpstream(async (req, res) => {
    const pieces: Buffer[] = []
    for await (const piece of req) pieces.push(piece as Buffer)
    bodies.push(Buffer.concat(pieces).toString())
    return SERVE[req.url ?? '']?.(res)
  })
  shop = await startApiShop([upstream], { tokenLimits: 'reads=10000/10000' })
  const chat = ruleOf('chat', '/**', { sats: 3, methods: ['POST'], meter: CHAT, volume: 1_000 })
  await shop.sell({ slug: 'chat', url: upstream.url, rules: [chat] })
  const field = ruleOf('field', '/**', { sats: 3, meter: BY_FIELD, volume: 1_000 })
  await shop.sell({ slug: 'field', url: upstream.url, rules: [field] })
})
afterAll(async () => {
  await shop?.close()
  await upstream?.close()
})

const buy = (path: string) => shop.buy(path)
const buyChat = async () => {
  const reply = await shop.ask('/chat/whole', { method: 'POST', body: '{}' })
  return pay(reply)
}

async function pay(reply: Reply): Promise<Purchase> {
  const challenge = readChallenges(reply.headers('www-authenticate'))
  if (challenge.kind === 'fault') throw new TypeError('no challenge')
  const { preimage } = await shop.node.pay(challenge.invoice)
  const authorization = `L402 ${formatCredential(challenge.macaroon, Buffer.from(preimage, 'hex'))}`
  return { challenge: String(reply.json().challenge), macaroon: challenge.macaroon, preimage, authorization }
}

function chat(path: string, { authorization }: Purchase, request: object = { max_tokens: 100 }): Promise<Reply> {
  return shop.ask(`/chat${path}`, {
    method: 'POST',
    headers: { Authorization: authorization, 'Content-Type': 'application/json' },
    body: JSON.stringify(request),
  })
}

/** In units, once everything that was reserved is settled. */
async function usedOf({ challenge }: Purchase): Promise<number> {
  const { client } = shop.database.owner
  await until('every reservation is settled', async () => (await client.useLease.count()) === 0)
  const { tokenId } = await client.challenge.findFirstOrThrow({ where: { id: challenge } })
  const [row] = await client.useCounter.findMany({ where: { tokenId } })
  return Number(row?.used ?? 0n) / 1_000
}

describe('an answer is charged', () => {
  test.each([
    ['/whole', 40, 'what its body tells'],
    ['/stream', 40, 'what the last event of its stream tells'],
    ['/packed', 40, 'what it tells although it is packed'],
    ['/silent', 100, 'what was reserved when it tells nothing'],
    ['/nonsense', 100, 'what was reserved when it tells nonsense'],
    ['/more', 900, 'more than was reserved while there is more'],
    ['/bad', 0, 'nothing when it is an error that tells nothing'],
    ['/down', 0, 'nothing when there is no result'],
  ])('%s: %d, %s', async (path, units) => {
    const bought = await buyChat()
    await chat(path, bought)
    expect(await usedOf(bought)).toBe(units)
  })

  test.each([
    ['/field', 7],
    ['/behind', 9],
    ['/odd', 100],
    ['/silent', 100],
  ])('by its field: %s, %d', async (path, units) => {
    const bought = await buy('/field/field')
    const reply = await shop.ask(`/field${path}`, { headers: { Authorization: bought.authorization } })
    expect([reply.status, reply.header('x-l402-volume')]).toEqual([200, undefined])
    expect(await usedOf(bought)).toBe(units)
  })

  test('never more than is left', async () => {
    const bought = await buyChat()
    await chat('/more', bought)
    await chat('/more', bought, { max_tokens: 50 })
    expect(await usedOf(bought)).toBe(1_000)
    const refused = await chat('/whole', bought, { max_tokens: 1 })
    expect([refused.status, refused.json().detail]).toEqual([402, 'volume'])
  })

  test('its reservation when nobody waits for its end', async () => {
    const bought = await buyChat()
    const request = chat('/wait', bought, { max_tokens: 60 }).catch(() => 'broken')
    await until('the answer has begun', async () => waiting.length === 1)
    waiting.splice(0)[0]?.destroy()
    expect(await request).toBe('broken')
    expect(await usedOf(bought)).toBe(60)
  })
})

describe('a request reserves', () => {
  test.each([
    [{ max_tokens: 30 }, 30],
    [{ max_tokens: 10_000 }, 500],
    [{}, 500],
    [{ max_tokens: '3' }, 500],
    [{ max_tokens: -3 }, 500],
    [{ max_tokens: 2.5 }, 3],
  ])('for %j: %d', async (request, units) => {
    const bought = await buyChat()
    await chat('/silent', bought, request)
    expect(await usedOf(bought)).toBe(units)
  })

  test('the larger of two numbers, and its body reaches the upstream byte for byte', async () => {
    const bought = await buyChat()
    const body = `{"max_tokens": 80, "long": "${'é'.repeat(300)}", "max_tokens":5}`
    await shop.ask('/chat/silent', { method: 'POST', headers: { Authorization: bought.authorization }, body })
    expect(await usedOf(bought)).toBe(80)
    expect(bodies.at(-1)).toBe(body)
  })

  test('the most it could mean where it is too long to be read, and arrives whole', async () => {
    const bought = await buyChat()
    const body = `{"max_tokens":5,"long":"${'x'.repeat(900_000)}"}`
    const reply = await shop.ask('/chat/silent', {
      method: 'POST',
      headers: { Authorization: bought.authorization },
      body,
    })
    expect([reply.status, bodies.at(-1) === body]).toEqual([200, true])
    expect(await usedOf(bought)).toBe(500)
  })
})

test('a hundred requests at once are never let in against the same units', async () => {
  const bought = await buyChat()
  const before = upstream.arrived.length
  const replies = await Promise.all(Array.from({ length: 100 }, () => chat('/silent', bought, { max_tokens: 100 })))
  expect(replies.filter(({ status }) => status === 200)).toHaveLength(10)
  expect(upstream.arrived).toHaveLength(before + 10)
  expect(await usedOf(bought)).toBe(1_000)
})

test('a top-up goes on with what was left, and several bought at once lose nothing', async () => {
  const first = await buyChat()
  await chat('/more', first)
  const refused = await Promise.all([0, 1].map(() => chat('/silent', first, { max_tokens: 300 })))
  expect(refused.map(({ status }) => status)).toEqual([402, 402])
  const [second, third] = [await pay(refused[0] as Reply), await pay(refused[1] as Reply)]
  const served = async (bought: Purchase) => {
    let units = 0
    while ((await chat('/silent', bought, { max_tokens: 50 })).status === 200) units += 50
    return units
  }
  // 100 of the first, and 1,000 of each other: whichever is used first reaches as far as its own.
  expect(await served(third)).toBe(1_100)
  expect(await served(second)).toBe(1_000)
  expect([await served(first), await served(third)]).toEqual([0, 0])
})

test('a copy that its holder narrowed buys a counter of its own', async () => {
  const bought = await buyChat()
  const service = /services=([^:]+)/.exec(Buffer.from(bought.macaroon).toString('latin1'))?.[1]
  const narrowed = { ...bought, authorization: narrow(shop.deps, bought, `${service}_volume_token=60`) }
  expect((await chat('/silent', narrowed, { max_tokens: 50 })).status).toBe(200)
  const own = await pay(await chat('/silent', narrowed, { max_tokens: 50 }))
  expect((await chat('/silent', own, { max_tokens: 500 })).status).toBe(200)
  expect([await usedOf(bought), await usedOf(own)]).toEqual([50, 500])
})

test('the unit in which something was sold is kept with it', async () => {
  const rule = (meter: VolumeMeter | null, service: string | null) =>
    ruleOf('kept', '/**', { sats: 3, ...(meter && { meter, volume: 5 }), service })
  const { resourceId, services } = await shop.sell({ slug: 'kept', url: upstream.url, rules: [rule(BY_FIELD, null)] })
  const service = services.kept ?? null
  const deps = { db: shop.database.web, clock: systemClock }
  const set = (meter: VolumeMeter | null) =>
    setRules(deps, { creatorId: shop.creatorId, resourceId, rules: [rule(meter, service)] })
  for (const other of [null, CHAT]) {
    expect(await set(other)).toEqual({ kind: 'invalid', fields: { 'rules.0.meter': 'It was sold by the call.' } })
  }
  expect(await set({ ...BY_FIELD, estimate: { units: 1, asked: null } })).toMatchObject({ kind: 'saved' })
})
