/** A price rises while many ask, at all gateways together, and is told and locked as any other. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { PriceEndpoint } from '#lib/paywall/offers/pricing.ts'
import { type ApiShop, ruleOf, type SoldApi, startApiShop } from '#tests/support/api-shop.ts'
import { startTestGateway, type TestGateway } from '#tests/support/gateway.ts'
import { type PriceServer, startPriceServer } from '#tests/support/price-server.ts'
import { until } from '#tests/support/until.ts'
import { startUpstream, type TestUpstream } from '#tests/support/upstream.ts'

let upstream: TestUpstream
let prices: PriceServer
let shop: ApiShop
let beside: TestGateway
let sold: SoldApi

const surge = { above: 4, ceilingPercent: 250 }

beforeAll(async () => {
  upstream = await startUpstream((req, res) => {
    req.resume()
    res.end('here')
  })
  prices = await startPriceServer()
  shop = await startApiShop([upstream, prices])
  const endpoint: PriceEndpoint = {
    ...{ url: prices.url, form: 'http', per: 'rule', query: [], ceilingSats: 100, deadlineMs: 1_000, staleSeconds: 60 },
  }
  sold = await shop.sell({
    slug: 'busy',
    url: upstream.url,
    rules: [
      ruleOf('used', '/used', { sats: 4, pricing: { endpoint: null, surge } }),
      ruleOf('named', '/named', { sats: 4, pricing: { endpoint, surge } }),
      ruleOf('shared', '/shared', { sats: 4, pricing: { endpoint: null, surge } }),
    ],
  })
  beside = await startTestGateway({ beside: shop, egressAllow: `127.0.0.1:${upstream.port}` })
})
/** Two minutes later, at the beginning of a minute: nothing of before counts, and nothing of now is forgotten meanwhile. */
beforeEach(() => {
  for (const { clock } of [shop, beside]) clock.move(180_000 - (clock.now().getTime() % 60_000))
})
afterAll(async () => {
  await beside?.close()
  await shop?.close()
  await Promise.all([upstream?.close(), prices?.close()])
})

test('paid requests raise it too, up to its ceiling; what was bought at the lower price stays bought', async () => {
  const bought = await shop.buy('/busy/used')
  const again = () => shop.ask('/busy/used', { headers: { Authorization: bought.authorization } })
  for (let n = 0; n < 4; n += 1) expect((await again()).status).toBe(200)
  const risen = (await shop.ask('/busy/used')).json()
  expect(risen).toMatchObject({
    price_sats: 6,
    quote: { base_msat: 4_000, surge_percent: 150, surge: { above_per_minute: 4, ceiling_percent: 250 } },
  })
  for (let n = 0; n < 6; n += 1) await again()
  expect((await shop.ask('/busy/used')).json()).toMatchObject({ price_sats: 10, quote: { surge_percent: 250 } })
  expect((await again()).status).toBe(200)
  shop.clock.move(120_000)
  expect((await shop.ask('/busy/used')).json()).toMatchObject({ price_sats: 4, quote: { surge_percent: 100 } })
})

test('HEAD, and what asks for nothing that is sold, raise nothing', async () => {
  for (let n = 0; n < 6; n += 1) await shop.ask('/busy/used', { method: 'HEAD' })
  for (let n = 0; n < 6; n += 1) await shop.ask('/busy/elsewhere')
  expect((await shop.ask('/busy/used')).json()).toMatchObject({ quote: { surge_percent: 100 } })
})

test("what the seller's server names is raised the same way", async () => {
  for (let n = 0; n < 7; n += 1) await shop.ask('/busy/named')
  expect((await shop.ask('/busy/named')).json()).toMatchObject({
    price_sats: 14,
    quote: { base_msat: 7_000, surge_percent: 200 },
  })
})

test('two gateways count together, without a query for a request', async () => {
  for (let n = 0; n < 5; n += 1) await shop.ask('/busy/shared')
  for (let n = 0; n < 2; n += 1) await beside.ask('/busy/shared')
  await until('the other gateway has heard', () => beside.deps.demand.perMinute(sold.services.shared ?? '') >= 7)
  expect((await beside.ask('/busy/shared')).json()).toMatchObject({ price_sats: 8 })
  await until('and this one', () => shop.deps.demand.perMinute(sold.services.shared ?? '') >= 8)
  expect((await shop.ask('/busy/shared')).json()).toMatchObject({ price_sats: 9 })
})
