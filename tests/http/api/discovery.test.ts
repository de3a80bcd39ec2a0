/** What an API costs is told to people and programs before they pay: a price page, an OpenAPI document, quotes. */
import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ApiShop, ruleOf, type SoldApi, startApiShop } from '#tests/support/api-shop.ts'
import { type PriceServer, sendJson, startPriceServer } from '#tests/support/price-server.ts'
import { startUpstream, type TestUpstream } from '#tests/support/upstream.ts'

const HTML = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
let upstream: TestUpstream
let prices: PriceServer
let shop: ApiShop
let sold: SoldApi
let article: string

beforeAll(async () => {
  upstream = await startUpstream((req, res) => {
    req.resume()
    res.end(req.url)
  })
  prices = await startPriceServer()
  prices.serve = ({ body }, res) => sendJson(res, { price_sats: body.path === '/maps/dear' ? 90 : 12 })
  shop = await startApiShop([upstream, prices])
  const endpoint = {
    ...{ url: prices.url, form: 'http' as const, per: 'request' as const, query: ['zoom'] },
    ...{ ceilingSats: 100, deadlineMs: 1_000, staleSeconds: 60 },
  }
  sold = await shop.sell({
    slug: 'scores',
    url: upstream.url,
    rules: [
      ruleOf('about', '/about', { methods: ['GET'] }),
      ruleOf('best', '/nodes/best', { sats: 500, methods: ['GET'], capability: 'best', tier: 2 }),
      ruleOf('node', '/nodes/*', { sats: 5, methods: ['GET', 'POST'], uses: 10 }),
      ruleOf('again', '/nodes/*', { sats: 7, methods: ['GET'] }),
      ruleOf('map', '/maps/**', { sats: 10, pricing: { endpoint, surge: { above: 60, ceilingPercent: 200 } } }),
      ruleOf('host', '/host', { sats: 3, host: 'api.example.com' }),
    ],
  })
  await shop.sell({ slug: 'front', url: upstream.url, rules: [ruleOf('all', '/**', { sats: 2 })] })
  ;({ service: article } = await shop.publish({ title: 'Tides', sats: 210 }))
  await shop.changed()
})
afterAll(async () => {
  await shop?.close()
  await Promise.all([upstream?.close(), prices?.close()])
})

const document = async (query = ''): Promise<OpenApi> => JSON.parse((await shop.ask(`/openapi.json${query}`)).text)
interface OpenApi {
  readonly openapi: string
  readonly paths: Record<string, Record<string, Record<string, unknown>>>
}

describe('the OpenAPI document', () => {
  test('is valid 3.1, of all APIs and of one', async () => {
    for (const query of ['', '?api=scores', '?api=front']) {
      const described = await document(query)
      expect(described.openapi).toMatch(/^3\.1\./)
      expect(await new Validator().validate({ ...described })).toMatchObject({ valid: true })
    }
  })

  test('says of each operation what it costs, as the next 402 does, and that it may answer 402', async () => {
    const { paths } = await document('?api=scores')
    expect(Object.keys(paths)).toEqual([
      '/scores/about',
      '/scores/nodes/best',
      '/scores/nodes/{segment3}',
      '/scores/maps/{rest}',
      '/scores/host',
    ])
    const node = paths['/scores/nodes/{segment3}']
    expect(node?.get).toMatchObject({
      operationId: 'scores_node_get',
      'x-payment-info': { method: 'lightning', amount: '5000', currency: 'msat' },
      'x-l402': { service: sold.services.node, price_msat: 5_000, offers: [{ id: 'single', uses: 10 }] },
      responses: { 402: { $ref: '#/components/responses/PaymentRequired' } },
    })
    expect(node?.post).toMatchObject({ requestBody: {} })
    expect((await shop.ask('/scores/nodes/alice')).json()).toMatchObject({ price_sats: 5 })
    expect(paths['/scores/about']?.get).not.toHaveProperty('x-l402')
    expect(paths['/scores/maps/{rest}']?.get).toMatchObject({
      'x-l402': { pricing: { model: 'dynamic', from_msat: 10_000, up_to_msat: 200_000, per: 'request' } },
    })
    expect(paths['/scores/nodes/best']?.get).toMatchObject({ 'x-l402': { tier: 2, capability: 'best' } })
  })

  test('names only what is there: another API, a file or nothing is 404', async () => {
    for (const query of ['?api=tides', '?api=none', '?api='])
      expect((await shop.ask(`/openapi.json${query}`)).status).toBe(404)
    expect(Object.keys((await document()).paths)).toContain('/front/{rest}')
    const other = await shop.addCreator('quiet')
    expect((await shop.ask('/openapi.json', { host: other.host })).status).toBe(404)
  })
})

describe('the price page', () => {
  test('stands at the address of the API for people, with every route and price, and costs nobody an invoice', async () => {
    for (const slug of ['scores', 'front']) {
      const reply = await shop.ask(`/${slug}`, { headers: HTML })
      expect([reply.status, reply.header('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
      expect(reply.header('cache-control')).toBe('private, no-store')
      expect(reply.header('vary')).toContain('Accept')
      expect(reply.header('www-authenticate')).toBeUndefined()
    }
    const { text } = await shop.ask('/scores', { headers: HTML })
    for (const told of ['/scores/nodes/*', '5 sats', '10 to 200 sats', 'Free', '/openapi.json?api=scores']) {
      expect(text).toContain(told)
    }
  })

  test('programs get there what the rules say, or the same list where none takes it', async () => {
    expect((await shop.ask('/front')).json()).toMatchObject({ reason: 'l402.missing', price_sats: 2 })
    const list = await shop.ask('/scores')
    expect([list.status, list.header('content-type')]).toEqual([200, 'application/json'])
    expect(list.json()).toMatchObject({ title: 'scores', openapi: `${shop.origin}/openapi.json?api=scores` })
    expect((list.json().services as object[]).length).toBe(5)
    expect((await shop.ask('/scores', { method: 'POST' })).status).toBe(405)
  })
})

test('manifest and llms.txt lead there, and say which prices are of the moment', async () => {
  const manifest = (await shop.ask('/.well-known/l402.json')).json()
  expect(manifest).toMatchObject({ quote_endpoint: '/_l402/quote', satstile: { openapi: '/openapi.json' } })
  const map = (manifest.services as { name: string; resources: object[] }[]).find(
    ({ name }) => name === sold.services.map,
  )
  expect(map?.resources).toMatchObject([{ path: '/scores/maps/**', pricing: { model: 'dynamic', from_msat: 10_000 } }])
  const { text } = await shop.ask('/llms.txt')
  expect(text).toContain(`Routes: ${shop.origin}/openapi.json?api=scores`)
  expect(text).toContain('  - GET, POST /scores/nodes/*: 5 sats')
  expect(text).toContain('  - any method /scores/maps/**: from 10 sats, ask /_l402/quote')
})

const ask = (body: unknown, headers: Record<string, string> = {}) =>
  shop.ask('/_l402/quote', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

describe('a quote', () => {
  test('is the price of the next 402, of any kind, and makes no invoice', async () => {
    const before = await shop.database.owner.client.challenge.count()
    const ofArticle = await ask({ service: article, budget_msat: 210_000 })
    expect(ofArticle.json()).toMatchObject({
      ...{ service: article, price_msat: 210_000, price_sats: 210, method: 'GET', path: '/tides', within_budget: true },
      ...{ pricing: { model: 'fixed' }, offer: { id: 'single', lasts: 'forever' } },
    })
    expect((await ask({ service: sold.services.node, budget_msat: 4_999 })).json()).toMatchObject({
      ...{ price_sats: 5, within_budget: false, offer: { uses: 10 } },
    })
    expect((await ask({ service: sold.services.best, tier: 2, capabilities: ['best'] })).json()).toMatchObject({
      ...{ price_sats: 500, tier: 2 },
    })
    expect(await shop.database.owner.client.challenge.count()).toBe(before)
  })

  test('of a price per request is for the request that it names', async () => {
    const quoted = async (path: string) => (await ask({ service: sold.services.map, constraints: { path } })).json()
    expect(await quoted('/scores/maps/dear')).toMatchObject({
      price_sats: 90,
      quote: { surge_percent: 100, stale: false },
    })
    expect(await quoted('/scores/maps/x?zoom=3')).toMatchObject({ price_sats: 12, path: '/scores/maps/x?zoom=3' })
    expect(prices.asked.at(-1)?.body).toMatchObject({ path: '/maps/x', query: [['zoom', '3']] })
    expect(await quoted('/scores/maps/x?zoom=3;zoom=4')).toMatchObject({ reason: 'http.malformed' })
    expect((await ask({ service: sold.services.map })).json()).toMatchObject({ detail: 'constraints.path' })
  })

  test('with mint is an ordinary challenge at that price, which opens what it names', async () => {
    const constraints = { path: '/scores/maps/dear?zoom=1' }
    const minted = await ask({ service: sold.services.map, constraints, mint: true, budget_msat: 90_000 })
    expect([minted.status, minted.header('www-authenticate')]).toEqual([201, undefined])
    expect(minted.json()).toMatchObject({ price_sats: 90, offers: [{ price_sats: 90 }] })
    const { macaroon, invoice } = minted.json() as { macaroon: string; invoice: string }
    const { preimage } = await shop.node.pay(invoice)
    const headers = { Authorization: `L402 ${macaroon}:${preimage}` }
    expect((await shop.ask('/scores/maps/dear?zoom=2', { headers })).json()).toMatchObject({ detail: 'request' })
    expect((await ask({ service: sold.services.map, constraints, mint: true }, headers)).json()).toMatchObject({
      state: 'settled',
    })
    expect((await shop.ask('/scores/maps/dear?zoom=1', { headers })).status).toBe(200)
  })

  test('above the budget mints nothing', async () => {
    const reply = await ask({ service: article, mint: true, budget_msat: 209_999 })
    expect([reply.status, reply.json().within_budget, reply.json().invoice]).toEqual([200, false, undefined])
  })

  test.each<[object | string, number, string | undefined]>([
    ['{', 400, undefined],
    [[], 400, undefined],
    [{}, 422, 'service'],
    [{ service: 'k3h-none' }, 404, undefined],
    [{ service: 7 }, 422, 'service'],
    [{ service: 'x', budget_msat: 1.5 }, 422, 'budget_msat'],
    [{ service: 'x', constraints: { color: 'red' } }, 422, 'constraints'],
    [{ service: 'x', constraints: { path: 'scores' } }, 422, 'constraints.path'],
  ])('about %j is refused with %i', async (body, status, detail) => {
    const reply = await ask(body)
    expect([reply.status, reply.json().detail]).toEqual([status, detail])
  })

  test.each<[object, string]>([
    [{ tier: 3 }, 'tier'],
    [{ capabilities: ['worst'] }, 'capabilities'],
    [{ offer: 'pack' }, 'offer'],
    [{ constraints: { path: '/scores/nodes/alice' } }, 'constraints.path'],
    [{ constraints: { path: '/front/nodes/best' } }, 'constraints.path'],
    [{ constraints: { path: '/tides' } }, 'constraints.path'],
    [{ constraints: { path: '/scores/about' } }, 'constraints.path'],
    [{ constraints: { method: 'DELETE' } }, 'constraints.path'],
  ])('of what is not sold under that name, %j, says which member is wrong', async (more, detail) => {
    const reply = await ask({ service: sold.services.best, ...more })
    expect([reply.status, reply.json().detail]).toEqual([422, detail])
  })

  test('is for no page of another site', async () => {
    expect((await ask({ service: article }, { Origin: 'https://elsewhere.example' })).status).toBe(403)
  })
})
