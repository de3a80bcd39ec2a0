import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { msat } from '#lib/money.ts'
import {
  fiatToMsat,
  formatApproximate,
  formatDecimal,
  isCurrency,
  MAX_MICRO_PER_BTC,
  msatToFiat,
  parseRate,
} from './rate.ts'

const currency = fc.constantFrom('EUR', 'JPY', 'KWD')
const amounts = fc.bigInt(1n, 10n ** 9n)
const micros = fc.bigInt(10n ** 9n, 10n ** 14n)

describe('a price in fiat', () => {
  test('asks for whole sats, never for less than it is worth and never for a sat more', () => {
    fc.assert(
      fc.property(currency, amounts, micros, (code, minor, microPerBtc) => {
        const sats = fiatToMsat({ currency: code, minor }, { microPerBtc }) / 1000n
        const digits = { EUR: 100n, JPY: 1n, KWD: 1000n }[code] ?? 0n
        const worth = (of: bigint) => of * microPerBtc * digits
        const price = minor * 10n ** 14n
        expect(worth(sats) >= price && worth(sats - 1n) < price).toBe(true)
      }),
    )
  })

  test('that is shown again says what was set, or one sat more', () => {
    fc.assert(
      fc.property(amounts, fc.bigInt(10n ** 9n, 10n ** 11n), (minor, microPerBtc) => {
        const price = { currency: 'EUR', minor }
        // A sat is worth less than a tenth of a cent here, so rounding up is not to be seen.
        expect(msatToFiat(fiatToMsat(price, { microPerBtc }), { currency: 'EUR', microPerBtc })).toEqual(price)
      }),
    )
  })

  test('rises with its amount and falls with the rate', () => {
    fc.assert(
      fc.property(amounts, amounts, micros, micros, (a, b, low, high) => {
        const at = (minor: bigint, microPerBtc: bigint) => fiatToMsat({ currency: 'USD', minor }, { microPerBtc })
        expect(at(a, low) <= at(a + b, low)).toBe(true)
        expect(at(a, low + high) <= at(a, low)).toBe(true)
      }),
    )
  })
})

describe('a rate', () => {
  test('is read to the millionth and cut behind it', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, MAX_MICRO_PER_BTC), fc.nat(999), (micro, rest) => {
        const text = `${micro / 1_000_000n}.${String(micro % 1_000_000n).padStart(6, '0')}${rest}`
        expect(parseRate(text)).toBe(micro)
      }),
    )
  })

  test.each([
    '',
    '0',
    '0.0000001',
    '-5',
    '+5',
    '1e30',
    '1e5',
    '1,5',
    ' 5',
    '5 ',
    'NaN',
    'Infinity',
    '٣',
    '0x10',
    '.5',
    '5.',
    '9'.repeat(15),
  ])('is not read from %j', (text) => expect(parseRate(text)).toBeNull())

  test('is one of a currency, and not of something else with three letters', () => {
    expect(['EUR', 'USD', 'JPY'].map(isCurrency)).toEqual([true, true, true])
    expect(['eur', 'BTC', 'ETH', 'SAT', '', '__proto__'].map(isCurrency)).toEqual(Array(6).fill(false))
  })
})

test('amounts are told as people and programs of each currency write them', () => {
  const of = (code: string, microPerBtc: bigint) => ({ currency: code, microPerBtc })
  expect(formatApproximate(msat(210_000n), of('EUR', 80_000_000_000n))).toBe('≈ €0.17')
  expect(formatApproximate(msat(1000n), of('EUR', 80_000_000_000n))).toBe('< €0.01')
  expect(formatApproximate(msat(210_000n), of('JPY', 13_000_000_000_000n))).toBe('≈ ¥27')
  expect(formatDecimal({ currency: 'EUR', minor: 5n })).toBe('0.05')
  expect(formatDecimal({ currency: 'JPY', minor: 5n })).toBe('5')
  expect(formatDecimal({ currency: 'KWD', minor: 1234n })).toBe('1.234')
})
