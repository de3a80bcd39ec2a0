import { expect, test } from 'vitest'
import { createHostBudget } from './host-budget.ts'

const LIMITS = {
  client: { ratePerSecond: 1, burst: 2 },
  network: { ratePerSecond: 2, burst: 3 },
  all: { ratePerSecond: 4, burst: 5 },
}

function budgetAt() {
  const time = { ms: 0 }
  const budget = createHostBudget(LIMITS, () => time.ms)
  const guess = (address: string) => {
    const refusal = budget.refusal(address)
    if (refusal === null) budget.count(address)
    return refusal
  }
  return { time, budget, guess }
}

test('who guesses is told to wait, its network soon after, and others go on', () => {
  const { guess, time } = budgetAt()
  const limited = (seconds: number) => ({ code: 'limit.rate', retryAfterSeconds: seconds })
  expect([0, 0, 0].map(() => guess('192.0.2.1'))).toEqual([null, null, limited(1)])
  expect([guess('192.0.2.2'), guess('192.0.2.3')]).toEqual([null, limited(0.5)])
  expect(guess('198.51.100.1')).toBeNull()
  time.ms = 1_000
  expect(guess('192.0.2.1')).toBeNull()
})

test('what all guess together is bounded, and that is our trouble', () => {
  const { guess } = budgetAt()
  for (let n = 0; n < 5; n++) expect(guess(`10.${n}.0.1`)).toBeNull()
  expect(guess('10.9.0.1')).toEqual({ code: 'queue.full', retryAfterSeconds: 0.25 })
})

test('a host that somebody has costs nothing', () => {
  const { budget } = budgetAt()
  for (let n = 0; n < 100; n++) expect(budget.refusal('192.0.2.1')).toBeNull()
})
