/** A connection pays for frames that bring no request, and gets back what it is worth. */
import { expect, test } from 'vitest'
import { COSTS, createFloodGuard } from './http2-floods.ts'

const LIMITS = { ratePerSecond: 10, burst: 100 }

test('a hundred pings at once are let pass, and no more until time has passed', () => {
  const guard = createFloodGuard(LIMITS)
  for (let n = 0; n < 100; n += 1) expect(guard.spend(COSTS.ping, 0)).toBe(true)
  expect(guard.spend(COSTS.ping, 0)).toBe(false)
  expect(guard.spend(COSTS.ping, 1_000)).toBe(true)
})

test('what is sent to a client allows it as many pings more, and never saves up beyond the burst', () => {
  const guard = createFloodGuard(LIMITS)
  for (let n = 0; n < 1_000; n += 1) {
    expect(guard.spend(COSTS.ping, 0)).toBe(true)
    guard.credit(1)
  }
  for (let n = 0; n < 1_000; n += 1) guard.credit(1)
  for (let n = 0; n < 10; n += 1) expect(guard.spend(COSTS.canceled, 0)).toBe(true)
  expect(guard.spend(COSTS.ping, 0)).toBe(false)
})
