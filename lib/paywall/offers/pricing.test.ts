/** Prices of a moment: what may be set, and how a price rises. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { msat } from '#lib/money.ts'
import { type PriceEndpoint, type Pricing, parsePricing, raisePrice, refusePricing, surgePercent } from './pricing.ts'

const endpoint: PriceEndpoint = {
  ...{ url: 'https://api.example.com/price', form: 'http', per: 'request', query: ['size'] },
  ...{ ceilingSats: 100, deadlineMs: 500, staleSeconds: 60 },
}
const surge = { above: 10, ceilingPercent: 300 }

test('what can be set comes back from its row as it was', () => {
  const pricing: Pricing = { endpoint, surge }
  expect(refusePricing(pricing, 5)).toEqual({})
  expect(parsePricing(JSON.parse(JSON.stringify(pricing)))).toEqual(pricing)
})

test.each<[string, Partial<PriceEndpoint>, string]>([
  ['no address', { url: 'price' }, 'endpoint.url'],
  ['another scheme', { url: 'file:///etc/passwd' }, 'endpoint.url'],
  ['a password in it', { url: 'https://a:b@example.com/' }, 'endpoint.url'],
  ['a parameter that servers read differently', { query: ['a[]'] }, 'endpoint.query'],
  ['parameters of one price for all', { per: 'rule' }, 'endpoint.query'],
  ['eleven parameters', { query: Array(11).fill('a') }, 'endpoint.query'],
  ['a highest price below the lowest', { ceilingSats: 4 }, 'endpoint.ceilingSats'],
  ['more than can be paid', { ceilingSats: 4_000_001 }, 'endpoint.ceilingSats'],
  ['no time at all', { deadlineMs: 99 }, 'endpoint.deadlineMs'],
  ['more time than anybody waits', { deadlineMs: 5_001 }, 'endpoint.deadlineMs'],
  ['half a second of age', { staleSeconds: 0.5 }, 'endpoint.staleSeconds'],
])('%s is refused at its field', (_what, change, field) => {
  expect(Object.keys(refusePricing({ endpoint: { ...endpoint, ...change }, surge: null }, 5))).toEqual([field])
})

test.each([
  [{ above: 0, ceilingPercent: 200 }, 'surge.above'],
  [{ above: 10, ceilingPercent: 100 }, 'surge.ceilingPercent'],
  [{ above: 10, ceilingPercent: 10_001 }, 'surge.ceilingPercent'],
])('a rise of %j is refused at its field', (odd, field) => {
  expect(Object.keys(refusePricing({ endpoint: null, surge: odd }, 5))).toEqual([field])
})

test.each([null, 'x', [], {}, { endpoint, surge, more: 1 }, { endpoint: { ...endpoint, per: 'day' }, surge: null }])(
  'a row that says %j prices nothing',
  (stored) => {
    expect(parsePricing(stored)).toBeNull()
  },
)

describe('a price that rises', () => {
  test.each([
    [0, 100],
    [10, 100],
    [10.5, 105],
    [15, 150],
    [20, 200],
    [30, 300],
    [1e9, 300],
  ])('at %s requests a minute it is %s percent', (perMinute, percent) => {
    expect(surgePercent(surge, perMinute)).toBe(percent)
  })

  test('it never falls as more ask, and stays between itself and its ceiling', () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.nat(1_000), (a, b) => {
        const [less, more] = [surgePercent(surge, Math.min(a, b)), surgePercent(surge, Math.max(a, b))]
        expect(less).toBeLessThanOrEqual(more)
        expect(less >= 100 && more <= 300).toBe(true)
      }),
    )
  })

  test('it is rounded up, and is never more than can be paid', () => {
    expect(raisePrice(msat(1n), 101)).toBe(2n)
    expect(raisePrice(msat(10_000n), 150)).toBe(15_000n)
    expect(raisePrice(msat(4_000_000_000n), 300)).toBe(4_000_000_000n)
  })
})
