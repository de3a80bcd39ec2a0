/** What a request costs is asked of the seller's own server, locked in its challenge, and paid for this request alone. */
import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { raiseChangeNumber } from '#lib/paywall/creators/creator-store.ts'
import type { PriceEndpoint } from '#lib/paywall/offers/pricing.ts'
import { listPriceTroubles } from '#lib/paywall/prices/trouble-store.ts'
import { type ApiShop, ruleOf, type SoldApi, startApiShop } from '#tests/support/api-shop.ts'
import {
  type GrpcPriceServer,
  type PriceServer,
  sendJson,
  startGrpcPriceServer,
  startPriceServer,
} from '#tests/support/price-server.ts'
import { until } from '#tests/support/until.ts'
import { startUpstream, type TestUpstream } from '#tests/support/upstream.ts'

let upstream: TestUpstream
let prices: PriceServer
let rpc: GrpcPriceServer
let shop: ApiShop
let sold: SoldApi

const endpoint = (more: Partial<PriceEndpoint> = {}): PriceEndpoint => ({
  ...{ url: prices.url, form: 'http', per: 'request', query: ['size'] },
  ...{ ceilingSats: 100, deadlineMs: 500, staleSeconds: 60 },
  ...more,
})

beforeAll(async () => {
  upstream = await startUpstream((req, res) => {
    req.resume()
    res.end(req.url)
  })
  ;[prices, rpc] = await Promise.all([startPriceServer(), startGrpcPriceServer()])
  shop = await startApiShop([upstream, prices, rpc])
  const of = (more: Partial<PriceEndpoint> = {}) => ({ sats: 5, pricing: { endpoint: endpoint(more), surge: null } })
  sold = await shop.sell({
    slug: 'shop',
    url: upstream.url,
    rules: [
      ruleOf('grpc', '/grpc/*', of({ form: 'grpc', url: rpc.url, query: [] })),
      ruleOf('all', '/all/*', of({ per: 'rule', query: [] })),
      ruleOf('twice', '/twice/*', { ...of(), uses: 2 }),
      ruleOf('item', '/**', of()),
    ],
  })
})
beforeEach(() => {
  prices.serve = ({ body }, res) => sendJson(res, { price_sats: priceOf(body) })
  prices.asked.length = 0
  // A server that failed in the test before is asked again.
  shop.clock.move(2_000)
})
afterAll(async () => {
  await shop?.close()
  await Promise.all([upstream?.close(), prices?.close(), rpc?.close()])
})

/** 10 sats, and 90 for what is huge. */
const priceOf = ({ query, path }: Record<string, unknown>) =>
  JSON.stringify(query).includes('huge') || path === '/dear' ? 90 : 10

const get = (path: string, authorization: string) => shop.ask(path, { headers: { Authorization: authorization } })

test('the server is told method, path and the parameters that count, signed, and nothing else', async () => {
  const asked = await shop.ask('/shop/it%65m?size=1&Size[]=2&secret=3&l402_offer=single', {
    headers: { Cookie: 'theirs=1', 'X-Api-Key': 'key', Authorization: 'Bearer theirs' },
  })
  expect(asked.json()).toMatchObject({
    price_sats: 10,
    quote: { base_msat: 10_000, stale: false, stale_up_to_seconds: 60 },
  })
  const [asking] = prices.asked
  expect(asking?.body).toEqual({
    ...{ service: sold.services.item, method: 'GET', path: '/item' },
    query: [
      ['size', '1'],
      ['Size[]', '2'],
    ],
  })
  for (const theirs of ['theirs', 'key', 'secret']) expect(JSON.stringify(asking?.headers)).not.toContain(theirs)
  const [, seconds = '', signature] =
    /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(asking?.headers['x-l402-signature'])) ?? []
  const key = Buffer.from(sold.signingSecret, 'hex')
  expect(signature).toBe(createHmac('sha256', key).update(`${seconds}\n${asking?.raw}`).digest('hex'))
})

test('a token opens the request that was priced, once, and no other', async () => {
  const { authorization } = await shop.buy('/shop/item?size=small&page=1')
  const before = upstream.arrived.length
  for (const path of [
    '/shop/item?size=huge&page=1',
    '/shop/item?size=small&page=2',
    '/shop/item?page=1&size=small',
    '/shop/item?size=small&page=1&size=huge',
    '/shop/item',
    '/shop/item/below?size=small&page=1',
    '/shop/dear?size=small&page=1',
  ]) {
    expect((await get(path, authorization)).json(), path).toMatchObject({ reason: 'l402.caveat_refused' })
  }
  const posted = await shop.ask('/shop/item?size=small&page=1', {
    method: 'POST',
    headers: { Authorization: authorization },
  })
  expect(posted.json()).toMatchObject({ reason: 'l402.caveat_refused', detail: 'method' })
  expect(upstream.arrived).toHaveLength(before)
  expect((await get('/shop/it%65m?size=small&page=1', authorization)).text).toBe('/item?size=small&page=1')
  expect((await get('/shop/item?size=small&page=1', authorization)).json()).toMatchObject({ reason: 'l402.exhausted' })
})

test('its seller may say how often, and the request stays the one that was priced', async () => {
  const { authorization } = await shop.buy('/shop/twice/a')
  for (const status of [200, 200, 402]) expect((await get('/shop/twice/a', authorization)).status).toBe(status)
  const other = await shop.buy('/shop/twice/a')
  expect((await get('/shop/twice/b', other.authorization)).json()).toMatchObject({ detail: 'path' })
  expect((await get('/shop/twice/a?size=huge', other.authorization)).json()).toMatchObject({ detail: 'request' })
})

test.each(['size=1;size=huge', 'si%ze=huge', 'size=1\\'])(
  'a query that servers read differently, %s, is not for sale',
  async (query) => {
    const reply = await shop.ask(`/shop/item?${query}`)
    expect([reply.status, prices.asked.length]).toEqual([400, 0])
  },
)

test('the price is the one of the challenge, whatever the server says a moment later', async () => {
  prices.serve = (_asking, res) => sendJson(res, { price_sats: 20 })
  const bought = await shop.buy('/shop/locked')
  prices.serve = (_asking, res) => sendJson(res, { price_sats: 30 })
  expect((await shop.ask('/shop/locked')).json()).toMatchObject({ price_sats: 30 })
  expect((await get('/shop/locked', bought.authorization)).status).toBe(200)
})

test('who holds the open challenge of one request is asked anew for another', async () => {
  const first = (await shop.ask('/shop/item?size=small')).json()
  const held = { Authorization: `L402 ${first.macaroon}` }
  expect((await shop.ask('/shop/item?size=small', { headers: held })).json().invoice).toBe(first.invoice)
  const other = (await shop.ask('/shop/item?size=huge', { headers: held })).json()
  expect(other).toMatchObject({ price_sats: 90 })
  expect(other.invoice).not.toBe(first.invoice)
})

test('one price for a rule opens whatever the rule means, and is asked for once', async () => {
  prices.serve = (_asking, res) => sendJson(res, { price_msat: 11_001, max_age_seconds: 30 })
  const bought = await shop.buy('/shop/all/a')
  expect((await shop.ask('/shop/all/b')).json()).toMatchObject({ price_sats: 12, quote: { base_msat: 11_001 } })
  expect(prices.asked.map(({ body }) => body)).toEqual([{ service: sold.services.all }])
  for (const path of ['/shop/all/a', '/shop/all/b?x=1'])
    expect((await get(path, bought.authorization)).status).toBe(200)
  shop.clock.move(31_000)
  await shop.ask('/shop/all/a')
  expect(prices.asked).toHaveLength(2)
})

test('requests that come together are one question', async () => {
  let answer: () => unknown = () => undefined
  prices.serve = (_asking, res) => {
    answer = () => sendJson(res, { price_sats: 8 })
  }
  const all = Promise.all(Array.from({ length: 20 }, () => shop.ask('/shop/together')))
  await until('the question has come', () => prices.asked.length > 0)
  answer()
  expect((await all).map((reply) => reply.json().price_sats)).toEqual(Array(20).fill(8))
  expect(prices.asked.length).toBeLessThan(20)
})

describe('a server that names no price', () => {
  test.each<[string, string | object, string]>([
    ['says it in words', '"seven"', 'no JSON object'],
    ['says nothing', {}, 'neither'],
    ['says a fraction', { price_sats: 7.5 }, 'no whole number'],
    ['says nothing at all for it', { price_sats: 0 }, 'no whole number'],
    ['pays its buyers', { price_sats: -7 }, 'no whole number'],
    ['says text', { price_sats: '7' }, 'no whole number'],
    ['says two prices', { price_sats: 7, price_msat: 8_000 }, 'different prices'],
    ['says more than the highest', { price_sats: 101 }, 'above the highest price, 100 sats'],
    ['says less than the lowest', { price_sats: 4 }, 'below the lowest price, 5 sats'],
    ['says an age of its own making', { price_sats: 7, max_age_seconds: -1 }, 'max_age_seconds'],
    ['says more than anybody reads', `{"price_sats": 7, "more": "${'x'.repeat(5_000)}"}`, 'larger than'],
  ])('%s: nothing is sold, and its seller is told why', async (_what, body, sentence) => {
    prices.serve = (_asking, res) => sendJson(res, body)
    const reply = await shop.ask('/shop/broken')
    expect([reply.status, reply.header('l402-reason'), reply.header('retry-after')]).toEqual([
      503,
      'paywall.price_unavailable',
      '2',
    ])
    expect(reply.header('www-authenticate')).toBeUndefined()
    await until('the seller is told', async () => {
      const [trouble] = await listPriceTroubles(shop.database.web, {
        creatorId: shop.creatorId,
        resourceId: sold.resourceId,
      })
      return trouble !== undefined && trouble.service === sold.services.item && trouble.sentence.includes(sentence)
    })
  })

  test('is left alone for a moment, and while its last answer is young enough that stands', async () => {
    await shop.ask('/shop/stale')
    prices.serve = (_asking, res) => res.writeHead(500).end()
    const stale = await shop.ask('/shop/stale')
    expect(stale.json()).toMatchObject({ price_sats: 10, quote: { stale: true, as_of: expect.any(String) } })
    const asked = prices.asked.length
    expect((await shop.ask('/shop/stale')).json()).toMatchObject({ quote: { stale: true } })
    expect(prices.asked).toHaveLength(asked)
    shop.clock.move(61_000)
    expect((await shop.ask('/shop/stale')).status).toBe(503)
    prices.serve = (_asking, res) => sendJson(res, { price_sats: 6 })
    shop.clock.move(2_000)
    expect((await shop.ask('/shop/stale')).json()).toMatchObject({ price_sats: 6, quote: { stale: false } })
  })

  test('that hangs costs its deadline, one that is elsewhere is not opened', async () => {
    prices.serve = () => undefined
    const begunAt = performance.now()
    expect((await shop.ask('/shop/hangs')).status).toBe(503)
    expect(performance.now() - begunAt).toBeLessThan(2_000)
    shop.clock.move(2_000)
    prices.serve = (_asking, res) => res.writeHead(302, { Location: 'http://169.254.169.254/' }).end()
    expect((await shop.ask('/shop/hangs')).status).toBe(503)
  })
})

describe('by gRPC', () => {
  test('the price server of Aperture is asked by path and by the request in words', async () => {
    rpc.price = (path) => (path === '/grpc/dear' ? 80 : 9)
    expect((await shop.ask('/shop/grpc/cheap?a=1')).json()).toMatchObject({ price_sats: 9 })
    const bought = await shop.buy('/shop/grpc/dear')
    expect(rpc.asked.at(-1)).toEqual({
      path: '/grpc/dear',
      http_request_text: 'GET /grpc/dear HTTP/1.1\r\n\r\n',
    })
    expect((await get('/shop/grpc/dear', bought.authorization)).status).toBe(200)
  })

  test.each([
    ['a status', { code: 14 }],
    ['nothing', 0],
    ['a price below zero', '-3'],
    ['one that no wallet can pay', '9223372036854775807'],
  ])('%s for an answer sells nothing', async (_what, price) => {
    rpc.price = () => price
    expect((await shop.ask('/shop/grpc/odd')).header('l402-reason')).toBe('paywall.price_unavailable')
  })
})

test('a rule whose pricing cannot be read leaves its paths to no cheaper rule behind it', async () => {
  expect((await shop.ask('/shop/twice/a')).status).toBe(402)
  await shop.database.owner.inTransaction(async (tx) => {
    await raiseChangeNumber(tx, shop.creatorId)
    await tx.$executeRaw`update rule set pricing = '{"later": true}' where name = 'twice'`
  })
  await shop.changed()
  expect((await shop.ask('/shop/twice/a')).status).toBe(404)
  expect((await shop.ask('/shop/item')).status).toBe(404)
})
