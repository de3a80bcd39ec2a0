/** An API is sold over HTTP: 402, payment, and the answer of its creator's own server. */
import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ApiShop, ruleOf, type SoldApi, startApiShop } from '#tests/support/api-shop.ts'
import type { Purchase } from '#tests/support/gateway.ts'
import { type Arrived, startUpstream, type TestUpstream } from '#tests/support/upstream.ts'

const SECRET = 'a key that only the upstream knows'
let upstream: TestUpstream
let shop: ApiShop
let sold: SoldApi
let cheap: Purchase
let dear: Purchase

beforeAll(async () => {
  upstream = await startUpstream((req, res) => {
    req.resume()
    res.writeHead(200, [
      ...['Content-Type', 'application/json', 'Cache-Control', 'public, max-age=3600', 'X-Score', '7'],
      ...['Set-Cookie', 'l402=stolen', 'WWW-Authenticate', 'L402 macaroon="AA", invoice="lnbc1"', 'Vary', 'X-Lang'],
      ...['Access-Control-Allow-Origin', 'https://elsewhere.example', 'Access-Control-Expose-Headers', 'X-Score, link'],
      ...['X-L402-Volume', '12', 'X-Accel-Redirect', '/etc/passwd', 'Alt-Svc', 'h3=":443"'],
    ])
    res.end(JSON.stringify({ path: req.url }))
  })
  shop = await startApiShop([upstream])
  sold = await shop.sell({
    slug: 'scores',
    url: `${upstream.url}/v1/`,
    headers: { 'x-api-key': SECRET, authorization: `Bearer ${SECRET}` },
    rules: [
      ruleOf('best', '/nodes/best', { sats: 500, methods: ['GET'], capability: 'best' }),
      ruleOf('node', '/nodes/*', { sats: 5, methods: ['GET'] }),
      ruleOf('post', '/nodes/*', { sats: 9, methods: ['POST'] }),
      ruleOf('about', '/about', { methods: ['GET'] }),
    ],
  })
  cheap = await shop.buy('/scores/nodes/alice')
  dear = await shop.buy('/scores/nodes/best')
})
afterAll(async () => {
  await shop?.close()
  await upstream?.close()
})

const last = (): Arrived => upstream.arrived.at(-1) as Arrived
const get = (path: string, { authorization }: Purchase, headers: Record<string, string> = {}) =>
  shop.ask(path, { headers: { Authorization: authorization, ...headers } })

test('who pays gets the answer, and who does not gets a price and reaches nobody', async () => {
  const before = upstream.arrived.length
  const asked = await shop.ask('/scores/nodes/alice')
  expect(asked.status).toBe(402)
  expect(asked.json()).toMatchObject({
    price_sats: 5,
    message: '5 sats opens this API.',
    resource: { kind: 'api', service: sold.services.node, routes: 3 },
    offers: [{ id: 'single', lasts: 'forever', url: '/scores/nodes/alice' }],
  })
  expect(upstream.arrived).toHaveLength(before)
  const reply = await get('/scores/nodes/alice', cheap)
  expect([reply.status, reply.text]).toEqual([200, '{"path":"/v1/nodes/alice"}'])
  expect(reply.header('l402-covers')).toBe(sold.services.node)
  expect(upstream.arrived).toHaveLength(before + 1)
})

test('a token for a cheap rule opens no dear one, and the other way round', async () => {
  const before = upstream.arrived.length
  const atDear = await get('/scores/nodes/best', cheap)
  expect(atDear.json()).toMatchObject({ reason: 'l402.wrong_service', price_sats: 500 })
  const atCheap = await get('/scores/nodes/alice', dear)
  expect(atCheap.json()).toMatchObject({ reason: 'l402.wrong_service', price_sats: 5 })
  expect(upstream.arrived).toHaveLength(before)
  expect((await get('/scores/nodes/best', dear)).status).toBe(200)
})

test('a method has its own rule; one that no rule names is nothing here, paid or not', async () => {
  const posted = await shop.ask('/scores/nodes/alice', {
    method: 'POST',
    headers: { Authorization: cheap.authorization },
  })
  expect(posted.json()).toMatchObject({ reason: 'l402.wrong_service', price_sats: 9 })
  const wrong = await shop.ask('/scores/nodes/alice', {
    method: 'DELETE',
    headers: { Authorization: cheap.authorization },
  })
  expect([wrong.status, wrong.header('allow')]).toEqual([405, 'GET, POST, OPTIONS'])
  expect((await get('/scores/elsewhere', cheap)).status).toBe(404)
})

test('what is free is free', async () => {
  const reply = await shop.ask('/scores/about')
  expect([reply.status, reply.text]).toEqual([200, '{"path":"/v1/about"}'])
  expect(reply.header('cache-control')).toBe('public, max-age=3600')
  expect(last().header('x-l402-token')).toBeUndefined()
})

test('the upstream sees its own keys and our signature, and no credential, cookie or made-up field', async () => {
  await get('/scores/nodes/alice?a=1&l402_offer=single&b=%202&%6c402_coupon=x', cheap, {
    Cookie: 'l402=x; theirs=1',
    'X-L402-Token': 'mine',
    'X-L402-Tier': '9',
    'L402-Claim': 'secret',
    'X-Payment': 'a:b',
    Macaroon: '0201',
    'X-Api-Key': 'guessed',
    'X-Forwarded-For': '203.0.113.9',
    'X-HTTP-Method-Override': 'DELETE',
    'X-Original-URL': '/v1/admin',
    'X-Secret-Hop': 'gone',
    Connection: 'X-Secret-Hop, X-L402-Signature, X-Api-Key, close',
    'X-Kept': 'yes',
  })
  const seen = last()
  expect(seen.url).toBe('/v1/nodes/alice?a=1&b=%202')
  const text = JSON.stringify(seen.fields)
  for (const secret of [
    cheap.preimage,
    'theirs=1',
    'guessed',
    '203.0.113.9',
    'mine',
    '0201',
    'DELETE',
    '/v1/admin',
    'gone',
  ]) {
    expect(text).not.toContain(secret)
  }
  expect(seen.header('x-api-key')).toBe(SECRET)
  expect(seen.header('authorization')).toBe(`Bearer ${SECRET}`)
  expect(seen.header('x-kept')).toBe('yes')
  expect(seen.header('host')).toBe(`127.0.0.1:${upstream.port}`)
  expect(seen.header('x-forwarded-host')).toBe(shop.host)
  expect(seen.header('x-l402-service')).toBe(sold.services.node)
  const [, seconds = '', signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(seen.header('x-l402-signature') ?? '') ?? []
  const signed = [seconds, 'GET', seen.url, seen.header('x-l402-token'), sold.services.node, '0'].join('\n')
  expect(signature).toBe(createHmac('sha256', Buffer.from(sold.signingSecret, 'hex')).update(signed).digest('hex'))
})

test('the answer is for its buyer alone, readable by pages, and does nothing in our name', async () => {
  const reply = await get('/scores/nodes/alice', cheap)
  expect(reply.headers('cache-control')).toEqual(['private, no-store'])
  expect(reply.headers('vary')).toEqual(['Accept, Authorization, Cookie, X-Lang'])
  expect(reply.headers('access-control-allow-origin')).toEqual(['*'])
  const exposed = reply.headers('access-control-expose-headers')
  expect(exposed).toHaveLength(1)
  expect(exposed[0]).toMatch(/^WWW-Authenticate, .*, X-Score$/)
  expect(exposed[0]?.match(/\blink\b/gi)).toHaveLength(1)
  for (const name of ['set-cookie', 'www-authenticate', 'x-l402-volume', 'x-accel-redirect', 'alt-svc']) {
    expect(reply.headers(name)).toEqual([])
  }
  expect(reply.header('x-score')).toBe('7')
})

test.each(['/scores/nodes/%62est', '/scores/nodes/BEST', '/scores/nodes/best/'])(
  '%s is judged and forwarded as the dear route that it is',
  async (path) => {
    expect((await get(path, cheap)).json()).toMatchObject({ reason: 'l402.wrong_service', price_sats: 500 })
    expect((await get(path, dear)).status).toBe(200)
  },
)

test.each([
  '/scores/nodes/best;v=1',
  '/scores/nodes/best%3Bv=1',
  '/scores/nodes%2Fbest',
  '/scores/nodes/x%2F..%2Fbest',
  '/scores/nodes/%2562est',
  '/scores/nodes/..;/nodes/best',
  '/scores/nodes//best',
  '/scores//nodes/alice',
  '/scores/nodes/./alice',
  '/scores/nodes/%2e%2e/about',
  '/scores/nodes/alice%00',
  '/scores/nodes\\best',
])('%s reaches nobody, since servers disagree about what it means', async (path) => {
  const before = upstream.arrived.length
  expect((await get(path, cheap)).status).toBe(404)
  expect((await get(path, dear)).status).toBe(404)
  expect(upstream.arrived).toHaveLength(before)
})

test('each rule stands in the manifest under its own service and price', async () => {
  const manifest = (await shop.ask('/.well-known/l402.json')).json() as {
    services: { name: string; resources: object[] }[]
  }
  const own = manifest.services.map(({ name, resources }) => [name, resources[0]])
  expect(own).toEqual([
    [sold.services.best, expect.objectContaining({ path: '/scores/nodes/best', method: 'GET' })],
    [sold.services.node, expect.objectContaining({ path: '/scores/nodes/*', method: 'GET' })],
    [sold.services.post, expect.objectContaining({ path: '/scores/nodes/*', method: 'POST' })],
  ])
})

test('a page asks for a route by its path, and for the first one by the name of the API', async () => {
  const ask = async (resource: string) => {
    const reply = await shop.ask('/_l402/challenge', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ resource }),
    })
    return reply.json()
  }
  expect(await ask('/scores/nodes/alice')).toMatchObject({ price_sats: 5, resource: { service: sold.services.node } })
  expect(await ask('scores')).toMatchObject({ price_sats: 500, resource: { service: sold.services.best } })
})
