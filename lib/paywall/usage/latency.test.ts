import fc from 'fast-check'
import { expect, test } from 'vitest'
import { quantileMs, SLOTS, slotOf } from './latency.ts'

function slotsOf(durations: readonly number[]): number[] {
  const slots = new Array<number>(SLOTS).fill(0)
  for (const ms of durations) slots[slotOf(ms)] = (slots[slotOf(ms)] ?? 0) + 1
  return slots
}

test('a quantile is right to within the width of its slot', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 2, max: 100_000, noNaN: true }), { minLength: 1, maxLength: 200 }),
      fc.constantFrom(0.5, 0.99),
      (durations, q) => {
        const sorted = durations.toSorted((a, b) => a - b)
        const exact = sorted[Math.ceil(q * sorted.length) - 1] ?? 0
        const told = quantileMs(slotsOf(durations), q) ?? 0
        expect(told / exact).toBeGreaterThan(1 / 1.4143)
        expect(told / exact).toBeLessThan(1.4143)
      },
    ),
  )
})

test('whatever a clock says has a slot, and nothing has no quantile', () => {
  for (const ms of [Number.NaN, -1, 0, 1e12, Number.POSITIVE_INFINITY]) expect(slotOf(ms)).toBeLessThan(SLOTS)
  expect(slotOf(Number.NaN)).toBe(0)
  expect(quantileMs([], 0.5)).toBeNull()
  expect(quantileMs(slotsOf([]), 0.99)).toBeNull()
})
