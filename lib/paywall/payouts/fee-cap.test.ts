import fc from 'fast-check'
import { expect, test } from 'vitest'
import { msat, satsToMsat } from '#lib/money.ts'
import { feeCap } from './fee-cap.ts'

test.each([
  [1n, 5n],
  [1_000n, 5n],
  [1_001n, 6n],
  [50_000n, 250n],
  [134_000n, 670n],
])('%s sats may cost %s', (sats, cap) => expect(feeCap(satsToMsat(sats), 5_000)).toBe(satsToMsat(cap)))

test('it is a whole sat, never below five, and never below the part', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 10n ** 15n }), fc.integer({ min: 0, max: 100_000 }), (amount, ppm) => {
      const cap = feeCap(msat(amount), ppm)
      expect(cap % 1_000n).toBe(0n)
      expect(cap >= 5_000n && cap * 1_000_000n >= amount * BigInt(ppm)).toBe(true)
    }),
  )
})
