/** A creator's own server asks what the gate would do: the same verdicts, uses counted once, and nothing for who has no key. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '#lib/clock.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import { makeApiKey, revokeApiKey, rollApiKey } from '#lib/paywall/creators/make-api-key.ts'
import { setAccess } from '#lib/paywall/resources/set-access.ts'
import { revokeToken } from '#lib/paywall/tokens/revoke-token.ts'
import { type ApiShop, ruleOf, startApiShop } from '#tests/support/api-shop.ts'
import { type CuttablePort, openCuttablePort } from '#tests/support/cuttable-port.ts'
import { startTestDoor, type TestDoor } from '#tests/support/door.ts'
import { askOnce, PAID_SENTENCE, type Purchase, type Reply } from '#tests/support/gateway.ts'
import { tokenIdOf } from '#tests/support/token-id.ts'
import { unpaidPreimage } from '#tests/support/unpaid-preimage.ts'
import { until } from '#tests/support/until.ts'

let shop: ApiShop
let door: TestDoor
let postgres: CuttablePort
let key: { id: string; key: string }
let tides: Purchase
let score: Purchase

beforeAll(async () => {
  shop = await startApiShop([])
  await shop.publish({ title: 'Tides', sats: 210 })
  await shop.sell({
    slug: 'scores',
    url: 'https://api.example.com',
    rules: [
      ruleOf('pack', '/pack', { sats: 50, uses: 3, methods: ['GET'] }),
      ruleOf('about', '/about', { methods: ['GET'] }),
      ruleOf('node', '/nodes/*', { sats: 5, methods: ['GET'], capability: 'read' }),
    ],
  })
  const url = new URL(shop.database.doorUrl)
  postgres = await openCuttablePort(Number(url.port))
  url.port = String(postgres.port)
  door = await startTestDoor(shop, { DATABASE_URL_DOOR: url.href })
  key = await makeKey('server')
  tides = await shop.buy('/tides')
  score = await shop.buy('/scores/nodes/alice')
})
afterAll(async () => {
  await door?.stop()
  await postgres?.close()
  await shop?.close()
})

async function makeKey(name: string, creatorId = shop.creatorId) {
  const made = await makeApiKey({ db: shop.database.web }, { creatorId, name })
  if (made.kind !== 'made') throw new TypeError(JSON.stringify(made))
  return made
}

type Call = Record<string, unknown>

function verify(body: Call | string, headers: Record<string, string> = {}): Promise<Reply> {
  return askOnce(door.port, '/api/v1/verify', {
    host: `localhost:${door.port}`,
    method: 'POST',
    headers: { Authorization: `Bearer ${key.key}`, 'Content-Type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

const call = (path: string, bought: Purchase | null, more: Call = {}): Call => ({
  ...{ method: 'GET', path, address: '192.0.2.7' },
  headers: bought === null ? {} : { authorization: bought.authorization },
  ...more,
})

const countChallenges = () => shop.database.owner.client.challenge.count()

describe('the verdict', () => {
  test('lets in who paid, tells by what, and nobody else', async () => {
    const admitted = await verify(call('/scores/nodes/alice', score))
    expect(admitted.status).toBe(200)
    expect(admitted.json()).toMatchObject({
      ...{ verdict: 'admit', status: 200, tier: 0, capabilities: ['read'], uses_remaining: null, valid_until: null },
      token: expect.stringMatching(/^[0-9a-f]{32}$/),
      headers: [['L402-Covers', admitted.json().service]],
    })
    for (const [path, bought] of [
      ['/scores/nodes/alice', null],
      ['/scores/nodes/alice', tides],
      ['/scores/pack', score],
    ] as const) {
      expect((await verify(call(path, bought))).json()).toMatchObject({ verdict: 'challenge', status: 402 })
    }
    expect((await verify(call('/scores/about', null))).json()).toMatchObject({ verdict: 'free', status: 200 })
  })

  test.each<[what: string, path: string, more: (M: string, P: string) => Call]>([
    ['nothing shown', '/tides', () => ({ headers: {} })],
    ['a wrong proof', '/tides', (M) => ({ headers: { authorization: `L402 ${M}:${'22'.repeat(32)}` } })],
    ['no macaroon', '/tides', (_M, P) => ({ headers: { authorization: `L402 AAAA:${P}` } })],
    ['several lines', '/tides', (M, P) => ({ headers: { authorization: ['Bearer x', `LSAT ${M}:${P}`] } })],
    [
      'a cookie',
      '/tides',
      (M, P) => ({ headers: { Cookie: `l402=${Buffer.from(M, 'base64').toString('base64url')}.${P}` } }),
    ],
    [
      'a cookie with an unsafe method',
      '/tides',
      (M, P) => ({
        method: 'POST',
        headers: { Cookie: `l402=${Buffer.from(M, 'base64').toString('base64url')}.${P}` },
      }),
    ],
    ['another route', '/scores/nodes/alice', (M, P) => ({ headers: { authorization: `L402 ${M}:${P}` } })],
    ['another path', '/storms', (M, P) => ({ headers: { authorization: `L402 ${M}:${P}` } })],
    ['dots', '/scores/../tides', (M, P) => ({ headers: { authorization: `L402 ${M}:${P}` } })],
    ['HEAD', '/tides', (M, P) => ({ method: 'HEAD', headers: { authorization: `L402 ${M}:${P}` } })],
    [
      'a method that does nothing',
      '/tides',
      (M, P) => ({ method: 'DELETE', headers: { authorization: `L402 ${M}:${P}` } }),
    ],
  ])('is that of the gateway: %s', async (_what, path, make) => {
    const asked = make(Buffer.from(tides.macaroon).toString('base64'), tides.preimage)
    const { method, headers } = { method: 'GET', ...asked } as { method: string; headers: Record<string, string> }
    const [there, here] = await Promise.all([
      shop.ask(path, { method, headers: { Accept: 'application/json', ...headers } }),
      verify(call(path, null, asked)),
    ])
    expect([here.json().status, here.json().reason]).toEqual([there.status, there.header('l402-reason')])
  })

  test('waits for the payment itself where the creator wants it in the books', async () => {
    const { id } = await shop.database.owner.client.resource.findFirstOrThrow({ where: { slug: 'tides' } })
    const access = { requireSettled: true, browsersPay: false, rateRequests: '', rateSeconds: '', atOnce: '' }
    const web = { db: shop.database.web, clock: systemClock }
    const allow = async (more: Partial<typeof access>) =>
      setAccess(web, { creatorId: shop.creatorId, resourceId: id, ...access, ...more })
    expect((await allow({})).kind).toBe('saved')
    const asked = (await shop.ask('/tides')).json()
    const proof = unpaidPreimage(shop.node, String(asked.payment_hash))
    const authorization = `L402 ${String(asked.macaroon)}:${encodeHex(proof)}`
    const early = () => verify(call('/tides', null, { headers: { authorization } }))
    await until('the door has heard of it', async () => (await early()).json().reason === 'l402.unsettled')
    expect((await early()).json()).toMatchObject({ verdict: 'challenge', status: 402 })
    expect((await verify(call('/tides', tides))).json()).toMatchObject({ verdict: 'admit' })
    await shop.node.pay(String(asked.invoice))
    await until('it opens once paid', async () => (await early()).json().verdict === 'admit')
    await allow({ requireSettled: false })
  })

  test('brings an invoice only to who asks for one, and that one opens', async () => {
    const before = await countChallenges()
    expect((await verify(call('/tides', null))).json()).not.toHaveProperty('answer')
    expect(await countChallenges()).toBe(before)
    const told = (await verify(call('/tides', null, { challenge: true }))).json()
    const { answer } = told as unknown as { answer: { status: number; headers: string[][]; body: string } }
    expect(await countChallenges()).toBe(before + 1)
    expect(told).toMatchObject({ verdict: 'challenge', reason: 'l402.missing', detail: 'none' })
    expect(answer.status).toBe(402)
    const { macaroon, invoice, resource } = JSON.parse(answer.body)
    expect(answer.headers.filter(([name]) => name === 'WWW-Authenticate')).toEqual([
      ['WWW-Authenticate', `L402 macaroon="${macaroon}", invoice="${invoice}", version="0", token="${macaroon}"`],
    ])
    expect(resource.url).toBe(`http://${door.host}/tides`)
    const { preimage } = await shop.node.pay(invoice)
    const bought = { ...tides, authorization: `L402 ${macaroon}:${preimage}` }
    expect((await verify(call('/tides', bought))).json()).toMatchObject({ verdict: 'admit' })
    const read = await shop.ask('/tides', { headers: { Authorization: bought.authorization } })
    expect(read.text).toContain(PAID_SENTENCE)
  })

  test('follows a revocation within two seconds', async () => {
    const bought = await shop.buy('/tides')
    await shop.settled(bought.challenge)
    expect((await verify(call('/tides', bought))).json().verdict).toBe('admit')
    const revoked = { creatorId: shop.creatorId, tokenId: tokenIdOf(bought.macaroon) }
    await revokeToken({ db: shop.database.owner }, revoked)
    await until('it is refused', async () => (await verify(call('/tides', bought))).json().reason === 'l402.revoked', {
      withinMs: 2_000,
    })
    expect((await verify(call('/tides', tides))).json().verdict).toBe('admit')
  })
})

describe('a use', () => {
  const pack = (bought: Purchase, more: Call = {}) => call('/scores/pack', bought, more)

  test('is taken when that is said, and not when it is only asked', async () => {
    const bought = await shop.buy('/scores/pack')
    const left = async (more: Call) => {
      const { verdict, reason, uses_remaining } = (await verify(pack(bought, more))).json()
      return [verdict, reason ?? uses_remaining]
    }
    expect(await left({})).toEqual(['admit', 3])
    expect(await left({})).toEqual(['admit', 3])
    for (const remaining of [2, 1, 0]) expect(await left({ consume: true })).toEqual(['admit', remaining])
    expect(await left({ consume: true })).toEqual(['challenge', 'l402.exhausted'])
    expect(await left({})).toEqual(['challenge', 'l402.exhausted'])
  })

  test('is taken three times of three when twenty ask at once', async () => {
    const bought = await shop.buy('/scores/pack')
    const replies = await Promise.all(Array.from({ length: 20 }, () => verify(pack(bought, { consume: true }))))
    expect(replies.filter((reply) => reply.json().verdict === 'admit')).toHaveLength(3)
    expect(replies.every(({ status }) => status === 200)).toBe(true)
  })

  test('is taken once for one Idempotency-Key, and every repeat gets the same answer', async () => {
    const bought = await shop.buy('/scores/pack')
    const once = (idempotencyKey: string, more: Call = {}) =>
      verify(pack(bought, { consume: true, ...more }), { 'Idempotency-Key': idempotencyKey })
    const replies = await Promise.all(Array.from({ length: 20 }, () => once('first')))
    expect(new Set(replies.map(({ text }) => text)).size).toBe(1)
    expect(replies[0]?.json()).toMatchObject({ verdict: 'admit', uses_remaining: 2 })
    expect((await once('second')).json().uses_remaining).toBe(1)
    expect((await once('third')).json().uses_remaining).toBe(0)
    expect((await once('fourth')).json().reason).toBe('l402.exhausted')
    expect((await once('third')).json().uses_remaining).toBe(0)
    const other = await once('third', { address: '192.0.2.8' })
    expect([other.status, other.json().fields]).toEqual([422, { 'Idempotency-Key': 'was used for another call' }])
  })

  test('of the last one is given to both of two calls that are one', async () => {
    const bought = await shop.buy('/scores/pack')
    for (let n = 0; n < 2; n += 1) await verify(pack(bought, { consume: true }))
    const last = () => verify(pack(bought, { consume: true }), { 'Idempotency-Key': 'last' })
    const replies = await Promise.all([last(), last(), last()])
    expect(replies.map((reply) => [reply.json().verdict, reply.json().uses_remaining])).toEqual(
      Array.from({ length: 3 }, () => ['admit', 0]),
    )
  })
})

describe('nobody asks', () => {
  test.each<[what: string, headers: () => Record<string, string>]>([
    ['without a key', () => ({ Authorization: '' })],
    ['with the shown part of one', () => ({ Authorization: `Bearer ${key.key.slice(0, 16)}` })],
    [
      'with another secret',
      () => ({ Authorization: `Bearer ${key.key.slice(0, -1)}${key.key.endsWith('A') ? 'B' : 'A'}` }),
    ],
    ['with a key under another scheme', () => ({ Authorization: `Basic ${key.key}` })],
    ['with a key that nobody made', () => ({ Authorization: `Bearer sk_000000000000_${'A'.repeat(43)}` })],
  ])('%s', async (_what, headers) => {
    const reply = await verify(call('/tides', tides), headers())
    expect([reply.status, reply.header('content-type')]).toEqual([401, 'application/problem+json'])
    expect(reply.json()).toMatchObject({
      reason: 'creator.unauthenticated',
      request_id: expect.stringMatching(/^req_/),
    })
    expect(reply.header('www-authenticate')).toBeUndefined()
  })

  test('about the hosts of somebody else', async () => {
    const other = await shop.addCreator('fjord')
    const host = other.host.replace(String(shop.port), String(door.port))
    const refused = await verify(call('/tides', tides, { host }))
    expect([refused.status, refused.json().fields]).toEqual([422, { host: 'expected a host of yours' }])
    expect((await verify(call('/tides', tides, { host: door.host }))).json().verdict).toBe('admit')
    const theirs = await makeKey('theirs', other.creatorId)
    const asThem = await verify(call('/tides', tides, { host: door.host }), { Authorization: `Bearer ${theirs.key}` })
    expect(asThem.status).toBe(422)
  })

  test('with a key that was ended, a second later; and with a rolled one for a day', async () => {
    const deps = { db: shop.database.web, clock: systemClock }
    const { creatorId } = shop
    const made = await makeKey('to be ended')
    const as = (secret: string) => verify(call('/tides', tides), { Authorization: `Bearer ${secret}` })
    expect((await as(made.key)).status).toBe(200)
    const rolled = await rollApiKey(deps, { creatorId, id: made.id })
    if (rolled.kind !== 'made') throw new TypeError('not rolled')
    expect([(await as(made.key)).status, (await as(rolled.key)).status]).toEqual([200, 200])
    expect(await revokeApiKey(deps, { creatorId, id: made.id })).toBe(true)
    expect(await revokeApiKey(deps, { creatorId, id: rolled.id })).toBe(true)
    for (const { key: ended } of [made, rolled]) {
      await until('it is refused', async () => (await as(ended)).status === 401, { withinMs: 2_000 })
    }
    const row = { creatorId_id: { creatorId, id: made.id } }
    await until('it is noted', async () => {
      const shown = await shop.database.owner.client.apiKey.findUniqueOrThrow({ where: row })
      return shown.lastUsedAt !== null && shown.lastRefusedAt !== null
    })
  })

  test('more often than a client may guess, and who has a key is not held up by that', async () => {
    const guess = (n: number) =>
      verify(call('/tides', null), { Authorization: `Bearer sk_${String(n).padStart(12, '0')}_${'A'.repeat(43)}` })
    // Counted when they are known to be wrong, so those at once go over it together, and the next ones wait.
    await Promise.all(Array.from({ length: 150 }, (_, n) => guess(n)))
    const limited = (await Promise.all([guess(151), guess(152)])).filter(({ status }) => status === 429)
    expect(limited).toHaveLength(2)
    expect(Number(limited[0]?.header('retry-after'))).toBeGreaterThan(0)
    expect((await verify(call('/tides', tides))).json().verdict).toBe('admit')
  })
})

test.each<[what: string, body: Call | string, field: string]>([
  ['no JSON', '{', 'body'],
  ['a list', '[]', 'body'],
  ['a member that nobody knows', { path: '/', consumed: true }, 'body'],
  ['no path', {}, 'path'],
  ['an address of the whole', { path: 'https://harbor.localhost/tides' }, 'path'],
  ['a method in small letters', { path: '/', method: 'get' }, 'method'],
  ['a field of two lines', { path: '/', headers: { a: 'b\r\nc: d' } }, 'headers'],
  ['a name with a space', { path: '/', headers: { 'a b': 'c' } }, 'headers'],
  ['a fragment', { path: '/tides#a' }, 'path'],
  ['no IP address', { path: '/', address: 'localhost' }, 'address'],
  [
    'fields of more than 16 KiB',
    { path: '/', headers: { a: Array.from({ length: 3 }, () => 'x'.repeat(6_000)) } },
    'headers',
  ],
  ['a yes in words', { path: '/', consume: 'yes' }, 'consume'],
])('%s is refused with the name of the member', async (_what, body, field) => {
  const reply = await verify(body)
  expect([reply.status, reply.json().reason]).toEqual([422, 'input.invalid'])
  expect(Object.keys(reply.json().fields as object)).toEqual([field])
})

test('a body of a hundred kilobytes is refused before it is read to the end', async () => {
  expect((await verify(call('/tides', null, { headers: { a: 'x'.repeat(100_000) } }))).status).toBe(413)
})

test('while the database is silent what was paid is let in, and no use is given away', async () => {
  const bought = await shop.buy('/scores/pack')
  expect((await verify(call('/scores/pack', bought))).json().verdict).toBe('admit')
  await postgres.cut()
  try {
    expect((await verify(call('/tides', tides))).json().verdict).toBe('admit')
    const counted = await verify(call('/scores/pack', bought, { consume: true }))
    expect([counted.status, counted.json().reason]).toEqual([503, 'database.unavailable'])
    expect(Number(counted.header('retry-after'))).toBeGreaterThan(0)
  } finally {
    await postgres.mend()
  }
})

test('neither a key nor a credential is in what the door prints', () => {
  for (const secret of [key.key.slice(16), tides.preimage, score.preimage]) expect(door.output()).not.toContain(secret)
})
