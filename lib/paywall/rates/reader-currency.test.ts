import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isCurrency } from './rate.ts'
import { readerCurrency } from './reader-currency.ts'

test.each([
  ['de-CH,de;q=0.9', 'CHF'],
  ['de', 'EUR'],
  ['en-GB', 'GBP'],
  ['en', 'USD'],
  ['sv;q=0.5', 'SEK'],
  ['ja', 'JPY'],
  ['zh-Hant-HK', 'HKD'],
  ['*', 'USD'],
  ['', 'USD'],
  [null, 'USD'],
] as const)('who reads %j thinks in %s', (field, currency) => expect(readerCurrency(field)).toBe(currency))

test('whatever is sent names a currency', () => {
  fc.assert(
    fc.property(fc.string(), fc.stringMatching(/^[a-z]{2}-[A-Z]{2}$/), (odd, tag) => {
      expect(isCurrency(readerCurrency(odd))).toBe(true)
      expect(isCurrency(readerCurrency(tag))).toBe(true)
    }),
  )
})
