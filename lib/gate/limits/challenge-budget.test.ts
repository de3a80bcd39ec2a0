import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createBuckets } from './buckets.ts'
import { type ChallengeLimits, createChallengeBudget, createLookupBudget } from './challenge-budget.ts'

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

describe('thirty busy networks', () => {
  const shops = ['cre_a', 'cre_b', 'cre_c', 'cre_d']
  /** As fast as their own buckets allow, at one creator or at four. */
  const flood = ({ budget, time }: ReturnType<typeof budgetAt>, creators: readonly string[]) => {
    for (; time.ms < 20_000; time.ms += 50)
      for (let n = 0; n < 30; n++)
        budget.take({
          address: `10.0.${n}.${(time.ms / 50) % 250}`,
          creatorId: creators[n % creators.length] ?? '',
          resourceId: 'r',
        })
  }
  const ask = (budget: ReturnType<typeof budgetAt>['budget'], network: string, creatorId: string) =>
    budget.take({ address: `${network}.1`, creatorId, resourceId: 'r' })
  const newcomers = Array.from({ length: 36 }, (_, n) => `203.0.${n}`)

  test.each([
    ['at one creator', shops.slice(0, 1)],
    ['at four creators', shops],
  ])('%s wait with the time to wait, and 36 newcomers do not', (_where, creators) => {
    const { budget, time } = budgetAt()
    flood({ budget, time }, creators)
    const busy = Array.from({ length: 30 }, (_, n) => ask(budget, `10.0.${n}`, creators[n % creators.length] ?? ''))
    expect(busy.filter(({ kind }) => kind === 'taken').length).toBeLessThan(5)
    for (const answer of busy) if (answer.kind === 'limited') expect(answer.retryAfterSeconds).toBeGreaterThanOrEqual(1)
    const answers = newcomers.map((network, n) => ask(budget, network, creators[n % creators.length] ?? ''))
    expect(answers.every(({ kind }) => kind === 'taken')).toBe(true)
  })
})

describe('several gateways', () => {
  const ask = (n: number) => ({ address: `10.${n >> 8}.${n & 255}.1`, creatorId: `cre_${n}`, resourceId: 'r' })
  const takeAll = (budget: ReturnType<typeof createChallengeBudget>, from: number) =>
    Array.from({ length: 300 }, (_, n) => budget.take(ask(from + n))).filter(({ kind }) => kind === 'taken').length

  test('make no challenge before they know how many they are; the first then has all', () => {
    const budget = createChallengeBudget(LIMITS, { now: () => new Date(0) }, 0)
    expect(budget.take(ASKER)).toEqual({ kind: 'limited', scope: 'global', retryAfterSeconds: 1 })
    budget.divide(1)
    expect(takeAll(budget, 0)).toBe(200)
  })

  test('of which one comes to another begins with a tenth, and has its part of the rate from then on', () => {
    const time = { ms: 5_000 }
    const budget = createChallengeBudget(LIMITS, { now: () => new Date(time.ms) }, 0)
    budget.divide(2)
    expect(takeAll(budget, 0)).toBe(20)
    time.ms += 2_000
    expect(takeAll(budget, 300)).toBe(50)
    time.ms += 3_600_000
    expect(takeAll(budget, 600)).toBe(100)
  })

  test('of which one comes to another serve a reader who asks again at once', () => {
    const budget = createChallengeBudget(LIMITS, { now: () => new Date(0) }, 0)
    budget.divide(2)
    const answers = Array.from({ length: 5 }, () => budget.take(ASKER).kind)
    expect(answers).toEqual(Array(5).fill('taken'))
  })

  test('take what is in a bucket from nobody, and give nobody more, when their number changes', () => {
    const { budget, time } = budgetAt()
    expect(takeAll(budget, 0)).toBe(200)
    budget.divide(4)
    budget.divide(1)
    expect(takeAll(budget, 300)).toBe(0)
    time.ms = 1_000
    expect(takeAll(budget, 600)).toBe(50)
    time.ms = 3_600_000
    budget.divide(4)
    budget.divide(1)
    expect(takeAll(budget, 900)).toBe(50)
  })

  test('share each creator too', () => {
    const { budget } = budgetAt()
    budget.divide(2)
    const answers = Array.from({ length: 60 }, (_, n) => budget.take({ ...ask(n), creatorId: 'cre_a' }))
    expect(answers.filter(({ kind }) => kind === 'taken')).toHaveLength(50)
    expect(answers.at(-1)).toMatchObject({ kind: 'limited', scope: 'resource' })
  })

  // Each learns within a second how many they are. What they make together meanwhile is the slack of decisions/022.
  test('that come and go together make no more than one may, and a second of the rate and a tenth of the burst for each that came', () => {
    const move = fc.record({
      what: fc.constantFrom('comes', 'goes', 'asks', 'asks', 'asks'),
      at: fc.nat(9),
      times: fc.nat(300),
      waitMs: fc.integer({ min: 1, max: 3_000 }),
    })
    fc.assert(
      fc.property(fc.array(move, { minLength: 5, maxLength: 40 }), (moves) => {
        const gateways = openGateways()
        for (const { what, at, times, waitMs } of moves) {
          if (what === 'asks') gateways.ask(at, times)
          else gateways[what]()
          gateways.pass(waitMs)
        }
        const { burst, ratePerSecond } = LIMITS.global
        const { taken, came, seconds } = gateways.sums()
        expect(taken).toBeLessThanOrEqual(burst + ratePerSecond * seconds + (ratePerSecond + burst / 10) * came)
      }),
    )
  })
})

/** One that begins; others come and go, and each of them is counted by the rest within a second. */
function openGateways() {
  const time = { ms: 0 }
  const clock = { now: () => new Date(time.ms) }
  let live: ReturnType<typeof createChallengeBudget>[] = []
  let [taken, asked, came, countedAtMs] = [0, 0, -1, 0]
  const comes = () => {
    const budget = createChallengeBudget(LIMITS, clock, 0)
    live = [...live, budget]
    came += 1
    budget.divide(live.length)
  }
  comes()
  return {
    comes,
    goes() {
      if (live.length > 1) live = live.slice(1)
    },
    ask(at: number, times: number) {
      for (const end = asked + times; asked < end; asked++) {
        const address = `10.${asked >> 8}.${asked & 255}.1`
        const answer = live[at % live.length]?.take({ address, creatorId: `cre_${asked}`, resourceId: 'r' })
        taken += answer?.kind === 'taken' ? 1 : 0
      }
    },
    pass(ms: number) {
      for (const endMs = time.ms + ms; time.ms < endMs; time.ms += 1) {
        if (time.ms - countedAtMs < 999) continue
        countedAtMs = time.ms
        for (const budget of live) budget.divide(live.length)
      }
    },
    sums: () => ({ taken, came, seconds: time.ms / 1000 }),
  }
}

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

  test('that become larger have no more in them, those that become smaller no more than finds room', () => {
    const buckets = createBuckets({ ratePerSecond: 1, burst: 4 })
    buckets.take('a', 0)
    buckets.resize({ ratePerSecond: 2, burst: 8 }, 0)
    expect([buckets.level('a', 0), buckets.level('b', 0), buckets.untouched(0)]).toEqual([3, 4, 4])
    expect([buckets.level('a', 1_000), buckets.level('b', 1_000), buckets.level('a', 9_000)]).toEqual([5, 6, 8])
    buckets.resize({ ratePerSecond: 1, burst: 2 }, 1_000)
    expect([buckets.level('a', 1_000), buckets.level('b', 1_000), buckets.untouched(9_000)]).toEqual([2, 2, 2])
  })

  test('a clock that goes back refills nothing', () => {
    const buckets = createBuckets({ ratePerSecond: 1, burst: 1 })
    buckets.take('a', 5_000)
    expect(buckets.secondsUntilFree('a', 1_000)).toBe(1)
  })
})
