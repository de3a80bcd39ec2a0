import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_PRICE_SATS, parsePrice } from './price.ts'

describe('a price', () => {
  test('in plain digits is read to the millisatoshi', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, MAX_PRICE_SATS), (sats) => {
        expect(parsePrice(String(sats))).toEqual({ kind: 'price', amountMsat: sats * 1000n })
      }),
    )
  })

  test('in anything but plain digits is never guessed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const parsed = parsePrice(text)
        expect(parsed.kind === 'price').toBe(/^[1-9][0-9]*$/.test(text) && BigInt(text) <= MAX_PRICE_SATS)
      }),
    )
  })

  test.each([
    ['', 'Write a price'],
    ['0', 'at least 1 sat'],
    ['00', 'zeros in front'],
    ['007', 'zeros in front'],
    ['-5', 'negative'],
    ['-0', 'negative'],
    ['+5', 'sign'],
    ['1.5', 'whole number'],
    ['0,5', 'whole number'],
    ['.', 'whole number'],
    ['1,200', 'separators'],
    ['1.200.000', 'separators'],
    ['1e30', 'all digits'],
    ['1E3', 'all digits'],
    [' 5', 'without spaces'],
    ['1 000', 'without spaces'],
    ['5\u00a0', 'without spaces'],
    ['٢١٠', 'digits 0 to 9'],
    ['２１０', 'digits 0 to 9'],
    ['5sats', 'digits 0 to 9'],
    ['0x10', 'digits 0 to 9'],
    ['NaN', 'in digits'],
    ['Infinity', 'in digits'],
    ['½', 'in digits'],
    ['4000001', 'at most 4,000,000'],
    ['9'.repeat(1_000_000), 'at most 4,000,000'],
  ])('"%.20s" is refused with a sentence that says what to change', (text, sentence) => {
    expect(parsePrice(text)).toEqual({ kind: 'invalid', message: expect.stringContaining(sentence) })
  })
})
