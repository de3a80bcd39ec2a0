/** What an offer says, held down apart from any row. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { satsToMsat } from '#lib/money.ts'
import { boughtServices, endOf, findOffer, formatLasts, type Offer, priceSats } from './offer.ts'

const SINGLE: Offer = {
  id: 'off_1',
  kind: 'single',
  covers: ['k3h-tides'],
  capabilities: ['read'],
  tier: 0,
  lastsSeconds: null,
  uses: null,
  rate: null,
  requires: [],
  price: { version: 1, amountMsat: satsToMsat(210n) },
}
const NOW = new Date('2026-11-28T12:00:00Z')

describe('what is bought', () => {
  test('an offer for ever says what it opens and nothing that would end it', () => {
    expect(boughtServices(SINGLE, endOf(SINGLE, NOW, 900))).toEqual([
      { name: 'k3h-tides', tier: 0, caveats: ['k3h-tides_capabilities=read'] },
    ])
  })

  test('an offer for a while and for a number of uses says both, in the order of minting', () => {
    const offer = { ...SINGLE, lastsSeconds: 3600, uses: 3 }
    const [service] = boughtServices(offer, endOf(offer, NOW, 900))
    expect(service?.caveats).toEqual([
      'k3h-tides_capabilities=read',
      `k3h-tides_valid_until=${NOW.getTime() / 1000 + 4500}`,
      'k3h-tides_uses=3',
    ])
  })

  test('an offer over several services says its terms of each', () => {
    const offer = { ...SINGLE, covers: ['k3h-a', 'k3h-b'], uses: 2 }
    expect(boughtServices(offer, null).map(({ caveats }) => caveats.at(-1))).toEqual(['k3h-a_uses=2', 'k3h-b_uses=2'])
  })

  test('who pays at the last moment still has the whole time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 8 }), fc.integer({ min: 1, max: 86_400 }), (lasts, payable) => {
        const end = endOf({ ...SINGLE, lastsSeconds: lasts }, NOW, payable)
        expect((end?.getTime() ?? 0) - (NOW.getTime() + payable * 1000)).toBe(lasts * 1000)
      }),
    )
  })
})

describe('what is asked for', () => {
  test('nothing named is the first offer; a kind or an id names it too', () => {
    for (const wanted of [null, 'single', 'off_1']) expect(findOffer([SINGLE], wanted)).toBe(SINGLE)
  })

  test('a name that no offer has finds none', () => {
    for (const wanted of ['month', '', 'constructor']) expect(findOffer([SINGLE], wanted)).toBeNull()
  })
})

test('a price in parts of a sat is asked in whole sats, upward', () => {
  expect(priceSats({ ...SINGLE, price: { version: 1, amountMsat: satsToMsat(210n) } })).toBe(210)
})

test.each([
  [null, 'forever'],
  [30 * 86_400, 'P30D'],
  [36 * 3_600, 'PT36H'],
  [90 * 60, 'PT90M'],
  [61, 'PT61S'],
])('%s seconds are told as %s', (lastsSeconds, text) => {
  expect(formatLasts({ lastsSeconds })).toBe(text)
})
