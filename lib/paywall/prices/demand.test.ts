/** Demand is that of the last sixty seconds. */
import { expect, test } from 'vitest'
import { createDemand } from './demand.ts'

function demandAt(ms: number) {
  const at = { ms }
  const demand = createDemand({ now: () => new Date(at.ms) })
  return {
    at,
    demand,
    count: (times: number) => {
      for (let n = 0; n < times; n += 1) demand.count({ creatorId: 'cre', service: 's' })
    },
  }
}

test('it counts what came within a minute, and forgets it evenly', () => {
  const { at, demand, count } = demandAt(600_000)
  count(60)
  expect(demand.perMinute('s')).toBe(60)
  at.ms += 59_000
  expect(demand.perMinute('s')).toBe(60)
  at.ms += 31_000
  expect(demand.perMinute('s')).toBe(30)
  count(5)
  expect(demand.perMinute('s')).toBe(35)
  at.ms += 90_000
  expect(demand.perMinute('s')).toBe(0)
  expect(demand.perMinute('never')).toBe(0)
})

test('what others have is added, replaced by what they say next, and not told on', () => {
  const { at, demand, count } = demandAt(0)
  count(2)
  demand.setOthers(
    new Map([
      ['s', 40],
      ['t', 3],
    ]),
  )
  expect([demand.perMinute('s'), demand.perMinute('t')]).toEqual([42, 3])
  expect(demand.own()).toEqual([{ creatorId: 'cre', service: 's', perMinute: 2 }])
  demand.setOthers(new Map())
  expect(demand.perMinute('s')).toBe(2)
  at.ms += 180_000
  expect(demand.own()).toEqual([])
})
