import { describe, expect, test } from 'vitest'
import { type ChallengeLimits, createBuckets, createChallengeBudget, createLookupBudget } from './challenge-budget.ts'

const LIMITS: ChallengeLimits = {
  client: { ratePerSecond: 1, burst: 10 },
  network: { ratePerSecond: 5, burst: 50 },
  resource: { ratePerSecond: 20, burst: 100 },
  global: { ratePerSecond: 50, burst: 200 },
  creatorPercent: 25,
}
const ASKER = { address: '203.0.113.7', creatorId: 'cre_a', resourceId: 'res_a' }

function budgetAt(start = 0) {
  const time = { ms: start }
  return { time, budget: createChallengeBudget(LIMITS, { now: () => new Date(time.ms) }) }
}

describe('challenge budget', () => {
  test('one client gets its burst, then nothing until a second has passed', () => {
    const { budget, time } = budgetAt()
    for (let n = 0; n < 10; n++) expect(budget.take(ASKER)).toEqual({ kind: 'taken' })
    expect(budget.take(ASKER)).toEqual({ kind: 'limited', scope: 'client', retryAfterSeconds: 1 })
    time.ms = 1_000
    expect(budget.take(ASKER)).toEqual({ kind: 'taken' })
    expect(budget.take(ASKER)).toMatchObject({ kind: 'limited', scope: 'client' })
  })

  test('a long pause fills the bucket of a client, and no more than that', () => {
    const { budget, time } = budgetAt()
    budget.take(ASKER)
    time.ms = 3_600_000
    const answers = Array.from({ length: 11 }, () => budget.take(ASKER).kind)
    expect(answers).toEqual([...Array(10).fill('taken'), 'limited'])
  })

  test('a flood from one network stops at the bucket of the network, and other networks go on', () => {
    const { budget } = budgetAt()
    const answers = Array.from({ length: 60 }, (_, n) => budget.take({ ...ASKER, address: `203.0.113.${n}` }))
    expect(answers.filter((answer) => answer.kind === 'taken')).toHaveLength(50)
    expect(answers.at(-1)).toMatchObject({ scope: 'network' })
    expect(budget.take({ address: '198.51.100.1', creatorId: 'cre_b', resourceId: 'res_b' })).toEqual({ kind: 'taken' })
  })

  test('one creator cannot use up what all share', () => {
    const { budget } = budgetAt()
    const answers = Array.from({ length: 120 }, (_, n) =>
      budget.take({ address: `10.${n}.0.1`, creatorId: 'cre_a', resourceId: `res_${n}` }),
    )
    expect(answers.filter((answer) => answer.kind === 'taken')).toHaveLength(100)
    expect(answers.at(-1)).toMatchObject({ scope: 'creator' })
    expect(budget.take({ ...ASKER, creatorId: 'cre_b' })).toEqual({ kind: 'taken' })
  })

  test('one network that asks at one creator until it is stopped leaves as much for the others', () => {
    const { budget } = budgetAt()
    for (let n = 0; n < 60; n++) budget.take({ ...ASKER, address: `203.0.113.${n}` })
    const others = Array.from({ length: 50 }, (_, n) => budget.take({ ...ASKER, address: `10.${n}.0.1` }))
    expect(others.every((answer) => answer.kind === 'taken')).toBe(true)
  })

  test('a creator never has more than all have together', () => {
    const limits = { ...LIMITS, global: { ratePerSecond: 1, burst: 2 }, creatorPercent: 100 }
    const budget = createChallengeBudget(limits, { now: () => new Date(0) })
    const answers = Array.from({ length: 3 }, (_, n) => budget.take({ ...ASKER, address: `10.${n}.0.1` }))
    expect(answers.map(({ kind }) => kind)).toEqual(['taken', 'taken', 'limited'])
  })

  test('a refused request takes nothing from the buckets it did pass', () => {
    const { budget, time } = budgetAt()
    for (let n = 0; n < 10; n++) budget.take(ASKER)
    for (let n = 0; n < 1_000; n++) budget.take(ASKER)
    time.ms = 10
    const others = Array.from({ length: 40 }, (_, n) => budget.take({ ...ASKER, address: `203.0.113.${n + 10}` }))
    expect(others.every((answer) => answer.kind === 'taken')).toBe(true)
  })

  test('clients without a known address share one bucket', () => {
    const { budget } = budgetAt()
    const answers = Array.from({ length: 11 }, () => budget.take({ ...ASKER, address: null }))
    expect(answers.at(-1)).toMatchObject({ scope: 'client' })
  })

  test('a /64 of IPv6 is one client', () => {
    const { budget } = budgetAt()
    for (let n = 0; n < 10; n++) budget.take({ ...ASKER, address: `2001:db8:1:2::${n}` })
    expect(budget.take({ ...ASKER, address: '2001:db8:1:2:ffff::1' })).toMatchObject({ scope: 'client' })
    expect(budget.take({ ...ASKER, address: '2001:db8:1:3::1' })).toEqual({ kind: 'taken' })
  })
})

describe('look-ups by proof', () => {
  test('one client has a hundred at once and then ten a second, while another network is not kept waiting', () => {
    const time = { ms: 0 }
    const budget = createLookupBudget(LIMITS, { now: () => new Date(time.ms) })
    const waits = Array.from({ length: 101 }, () => budget.take('203.0.113.7'))
    expect(waits.filter((wait) => wait === 0)).toHaveLength(100)
    expect(waits.at(-1)).toBeGreaterThan(0)
    expect(budget.take('198.51.100.1')).toBe(0)
    time.ms = 1_000
    const later = Array.from({ length: 12 }, () => budget.take('203.0.113.7'))
    expect(later.filter((wait) => wait === 0)).toHaveLength(10)
  })

  test('many clients of one network are stopped together', () => {
    const budget = createLookupBudget(LIMITS, { now: () => new Date(0) })
    const waits = Array.from({ length: 550 }, (_, n) => budget.take(`203.0.113.${n % 250}`))
    expect(waits.filter((wait) => wait === 0)).toHaveLength(500)
  })
})

describe('buckets', () => {
  test('more keys than the memory has room for push out the oldest', () => {
    const buckets = createBuckets({ ratePerSecond: 1, burst: 1 }, 2)
    for (const key of ['a', 'b', 'c']) buckets.take(key, 0)
    expect(buckets.secondsUntilFree('a', 0)).toBe(0)
    expect(buckets.secondsUntilFree('b', 0)).toBe(1)
    expect(buckets.secondsUntilFree('c', 0)).toBe(1)
  })

  test('a clock that goes back refills nothing', () => {
    const buckets = createBuckets({ ratePerSecond: 1, burst: 1 })
    buckets.take('a', 5_000)
    expect(buckets.secondsUntilFree('a', 1_000)).toBe(1)
  })
})
