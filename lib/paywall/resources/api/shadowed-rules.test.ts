/** A rule is marked exactly when one single rule before it takes every request that it would take. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chooseRule, createRuleTable, matchRules, type Rule } from './rule.ts'
import { listShadowed } from './shadowed-rules.ts'

const METHODS = ['GET', 'HEAD', 'POST', 'DELETE']
const HOSTS = ['a.example', 'b.example', 'c.example']
const SEGMENTS = ['x', 'y', 'z']

/** Every request of a world that is small enough to try all of it; rules name less of it than there is. */
const PATHS = ['/', ...SEGMENTS.flatMap((a) => [`/${a}`, ...SEGMENTS.flatMap((b) => [`/${a}/${b}`, `/${a}/${b}/z`])])]
const REQUESTS = PATHS.flatMap((path) => METHODS.flatMap((method) => HOSTS.map((host) => ({ path, method, host }))))

const pattern = fc
  .tuple(fc.array(fc.constantFrom('x', 'y', 'X', '*'), { maxLength: 2 }), fc.boolean())
  .map(([segments, isOpen]) => `/${[...segments, ...(isOpen ? ['**'] : [])].join('/')}`)
const rule: fc.Arbitrary<Rule> = fc
  .record({
    path: pattern,
    methods: fc.subarray(['GET', 'HEAD', 'POST']),
    host: fc.constantFrom(null, 'a.example', 'b.example'),
  })
  .map((shape) => ({ ...shape, service: null, name: 'a', tier: 0, capability: null }))
const rules = fc.array(rule, { minLength: 1, maxLength: 5 })

/** Of all requests those that `one` would take if it stood alone. */
function taken(one: Rule): Set<number> {
  const table = createRuleTable([one])
  return new Set(
    REQUESTS.flatMap(({ path, ...by }, n) => {
      const asked = matchRules(table, path)
      return asked !== null && chooseRule(table, asked, by).kind === 'rule' ? [n] : []
    }),
  )
}

describe('a rule', () => {
  test('that is marked is met by no request, and the one named takes all that it would', () => {
    fc.assert(
      fc.property(rules, (list) => {
        for (const [n, by] of listShadowed(list)) {
          expect(by).toBeLessThan(n)
          const taker = taken(list[by] as Rule)
          expect([...taken(list[n] as Rule)].every((request) => taker.has(request))).toBe(true)
        }
      }),
    )
  })

  test('that is not marked takes something from each rule before it', () => {
    fc.assert(
      fc.property(rules, (list) => {
        const shadowed = listShadowed(list)
        for (const [n, one] of list.entries()) {
          if (shadowed.has(n)) continue
          const own = taken(one)
          for (const earlier of list.slice(0, n)) {
            const taker = taken(earlier)
            expect([...own].some((request) => !taker.has(request))).toBe(true)
          }
        }
      }),
    )
  })

  test('whose path is no pattern yet is not marked, and the places of the others stay theirs', () => {
    const list = ['/a/../b', '/**', '/a//', '/a'].map((path) => ({
      ...{ path, name: 'a', methods: [], host: null, tier: 0, capability: null },
    }))
    expect([...listShadowed(list)]).toEqual([[3, 1]])
  })
})
