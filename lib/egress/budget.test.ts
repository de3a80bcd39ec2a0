import { expect, it } from 'vitest'
import { Fault } from '#lib/errors.ts'
import { createEgressBudget } from './budget.ts'

const LIMITS = { connections: 2, allConnections: 3, opensPerMinute: 5 }
const reasonOf = (taken: unknown) => (taken instanceof Fault ? taken.details.reason : null)
const release = (taken: unknown) => (taken as () => void)()

it('a creator has no more sockets open than its part, and one more when one is closed', () => {
  const budget = createEgressBudget(LIMITS)
  const first = budget.take('a')
  expect(reasonOf(budget.take('a'))).toBe(null)
  expect(reasonOf(budget.take('a'))).toBe('connections')
  release(first)
  release(first)
  expect(reasonOf(budget.take('a'))).toBe(null)
  expect(reasonOf(budget.take('a'))).toBe('connections')
})

it('one creator at its limit closes nothing for another, and all together have an end', () => {
  const budget = createEgressBudget(LIMITS)
  budget.take('a')
  budget.take('a')
  expect(reasonOf(budget.take('b'))).toBe(null)
  expect(reasonOf(budget.take('c'))).toBe('all_connections')
})

it('a creator opens no more sockets a minute than its part, however soon they are closed', () => {
  let now = 1
  const budget = createEgressBudget(LIMITS, () => now)
  for (let i = 0; i < LIMITS.opensPerMinute; i += 1) release(budget.take('a'))
  expect(reasonOf(budget.take('a'))).toBe('opens')
  expect(reasonOf(budget.take('b'))).toBe(null)
  now += 60_001
  expect(reasonOf(budget.take('a'))).toBe(null)
})
