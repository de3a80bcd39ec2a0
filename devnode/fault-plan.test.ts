import { expect, test } from 'vitest'
import { createFaults, NO_FAULTS } from './fault-plan.ts'

test('a change keeps what it does not name', () => {
  const faults = createFaults()
  expect(faults.change({ dropRate: 0.5 })).toBeNull()
  expect(faults.change({ locked: true })).toBeNull()
  expect(faults.plan()).toEqual({ ...NO_FAULTS, dropRate: 0.5, locked: true })
})

test('a plan that is wrong in one member changes nothing and names the member', () => {
  const faults = createFaults()
  for (const wrong of [{ dropRate: 2 }, { locked: 1 }, { answerDelayMs: -1 }, { methods: 'all' }, { dropsRate: 0 }]) {
    expect(Object.keys(faults.change({ doubleRate: 1, ...wrong }) ?? {})).toEqual(Object.keys(wrong))
    expect(faults.plan()).toEqual(NO_FAULTS)
  }
  expect(faults.change([])).not.toBeNull()
  expect(faults.change(null)).not.toBeNull()
})

test('the same seed gives the same chances', () => {
  const draw = () => {
    const faults = createFaults()
    faults.change({ seed: 42 })
    return Array.from({ length: 50 }, () => faults.chance(0.5))
  }
  expect(draw()).toEqual(draw())
  expect(new Set(draw()).size).toBe(2)
})

test('rate 0 never happens and rate 1 always', () => {
  const faults = createFaults()
  expect(Array.from({ length: 200 }, () => faults.chance(0))).not.toContain(true)
  expect(Array.from({ length: 200 }, () => faults.chance(1))).not.toContain(false)
})

test('no named call means every call', () => {
  const faults = createFaults()
  expect(faults.concerns('AddInvoice')).toBe(true)
  faults.change({ methods: ['LookupInvoice'] })
  expect(faults.concerns('AddInvoice')).toBe(false)
  expect(faults.concerns('LookupInvoice')).toBe(true)
})
