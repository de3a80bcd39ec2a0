/** Guarantees of the what-if: exact, and never better than the truth. */
import { describe, expect, it } from 'vitest'
import { invoiceAmount, mustStay, SLIDER, sliderPlace, sliderPrice, whatIfSentence } from './what-if.ts'

describe('what if', () => {
  it('asks for as many buyers as really earn the same', () => {
    expect(mustStay(210, 300)).toBe(70)
    expect(mustStay(100, 300)).toBe(34)
    for (let next = 1; next <= 5000; next += 7) {
      expect(mustStay(210, next) * next).toBeGreaterThanOrEqual(21_000)
      expect((mustStay(210, next) - 1) * next).toBeLessThan(21_000)
    }
  })

  it('says plainly that a lower price needs more buyers than there are', () => {
    expect(whatIfSentence(210, 100).figure).toBe('210 buyers')
    expect(whatIfSentence(210, 300)).toEqual({
      before: 'At 300 you earn the same if ',
      figure: '70 of 100',
      after: ' present buyers stay.',
    })
    expect(whatIfSentence(210, 210).figure).toBe('nothing changes')
  })

  it('maps the slider both ways and stops at its ends', () => {
    expect(sliderPlace(SLIDER.min)).toBe(0)
    expect(sliderPlace(SLIDER.max)).toBe(1)
    expect(sliderPlace(1_000_000)).toBe(1)
    expect(sliderPrice(-1)).toBe(10)
    expect(sliderPrice(2)).toBe(5000)
    for (const price of [10, 55, 100, 210, 300, 1000, 2500]) expect(sliderPrice(sliderPlace(price))).toBe(price)
  })

  it('writes the amount of an invoice as BOLT 11 does', () => {
    expect([210, 300, 100, 1, 100_000].map(invoiceAmount)).toEqual(['2100n', '3u', '1u', '10n', '1m'])
  })
})
