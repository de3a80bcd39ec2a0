/** The first rule that fits decides; rules that nothing reaches are found; what cannot be a rule is told by field. */
import { describe, expect, test } from 'vitest'
import {
  chooseRule,
  createRuleTable,
  findShadowed,
  matchRules,
  type Rule,
  type RuleInput,
  refuseRules,
} from './rule.ts'

const rule = (path: string, more: Partial<Rule> = {}): Rule => ({
  ...{ name: 'a', service: `svc-${path}`, methods: [], host: null, path, tier: 0, capability: null },
  ...more,
})

function choose(
  rules: readonly Rule[],
  { method = 'GET', host = 'a.example:8402', path }: { method?: string; host?: string; path: string },
) {
  const table = createRuleTable(rules)
  const asked = matchRules(table, path)
  const chosen = asked && chooseRule(table, asked, { method, host })
  return chosen?.kind === 'rule' ? chosen.rule.service : chosen
}

describe('a request', () => {
  const rules = [
    rule('/a', { service: 'posts', methods: ['POST'] }),
    rule('/a', { service: 'there', host: 'b.example' }),
    rule('/a', { service: 'first', methods: ['GET', 'PUT'], host: 'a.example' }),
    rule('/**', { service: 'rest', host: 'a.example', methods: ['GET'] }),
  ]

  test.each([
    [{ path: '/a' }, 'first'],
    [{ path: '/a', method: 'HEAD' }, 'first'],
    [{ path: '/a', method: 'POST' }, 'posts'],
    [{ path: '/a', host: 'b.example', method: 'PUT' }, 'there'],
    [{ path: '/a/b' }, 'rest'],
  ])('%j meets the first rule that fits it', (request, service) => {
    expect(choose(rules, request)).toBe(service)
  })

  test('that fits no method is told which there are; at another host there are none', () => {
    expect(choose(rules, { path: '/a', method: 'DELETE' })).toEqual({
      kind: 'other-methods',
      methods: ['POST', 'GET', 'PUT'],
    })
    expect(choose(rules, { path: '/b', host: 'c.example' })).toEqual({ kind: 'other-methods', methods: [] })
  })

  test.each(['TRACE', 'TRACK', 'CONNECT'])('by %s meets none, also where all methods are sold', (method) => {
    expect(choose([rule('/**')], { path: '/a', method })).toMatchObject({ kind: 'other-methods' })
  })

  test('that no rule means is nothing', () => {
    expect(choose([rule('/a')], { path: '/b' })).toBeNull()
  })
})

describe('a rule is shadowed', () => {
  test.each([
    ['by the same one', rule('/a'), rule('/a')],
    ['by a wider path', rule('/**'), rule('/a')],
    ['by all methods', rule('/a'), rule('/a', { methods: ['GET'] })],
    ['by GET, as HEAD', rule('/a', { methods: ['GET'] }), rule('/a', { methods: ['HEAD'] })],
    ['by any host', rule('/a'), rule('/a', { host: 'a.example' })],
    ['by another case', rule('/A'), rule('/a')],
  ])('%s', (_name, first, second) => {
    expect([...findShadowed(createRuleTable([first, second]))]).toEqual([[1, 0]])
  })

  test.each([
    ['a narrower path', rule('/a'), rule('/**')],
    ['fewer methods', rule('/a', { methods: ['GET'] }), rule('/a')],
    ['one host', rule('/a', { host: 'a.example' }), rule('/a')],
    ['another method', rule('/a', { methods: ['POST'] }), rule('/a', { methods: ['GET'] })],
  ])('not by %s', (_name, first, second) => {
    expect(findShadowed(createRuleTable([first, second])).size).toBe(0)
  })
})

const input = (more: Partial<RuleInput> = {}): RuleInput => ({
  ...{ name: 'best', methods: ['GET'], host: null, path: '/a', tier: 0, capability: null },
  offer: { price: '5', lastsSeconds: null, uses: null, rate: null },
  ...more,
})
const terms = (more: object) => input({ offer: { price: '5', lastsSeconds: null, uses: null, rate: null, ...more } })

test('a rule that can be kept is not refused', () => {
  expect(refuseRules([input(), input({ offer: null }), terms({ lastsSeconds: 60, uses: 9, rate: '10/60' })])).toEqual(
    {},
  )
})

const PACK = { price: '800', lastsSeconds: null, uses: 100, rate: null }
const METER = { unit: 'token', told: { from: 'header' }, estimate: { units: 1, asked: null } } as const

test('a rule can be measured, sold by amount and as a pack, and be free for a while', () => {
  const amounts = { bytes: 10, seconds: 5, volume: 999 }
  const metered = { ...input(), meter: METER, freeMonthly: 3, pack: { ...PACK, ...amounts } }
  expect(refuseRules([{ ...metered, offer: { ...PACK, ...amounts } }])).toEqual({})
})

test.each([
  ['name', input({ name: 'Best' })],
  ['methods', input({ methods: ['get'] })],
  ['host', input({ host: 'A.example' })],
  ['host', input({ host: 'a.example:80' })],
  ['path', input({ path: '/a/../b' })],
  ['tier', input({ tier: 256 })],
  ['tier', input({ tier: 0.5 })],
  ['capability', input({ capability: 'Read' })],
  ['uses', terms({ uses: 0 })],
  ['lastsSeconds', terms({ lastsSeconds: -1 })],
  ['rate', terms({ rate: '10' })],
  ['rate', terms({ rate: '10/86401' })],
  ['bytes', terms({ bytes: 0 })],
  ['seconds', terms({ seconds: 1.5 })],
  ['volume', terms({ volume: 10 })],
  ['freeMonthly', input({ freeMonthly: 0 })],
  ['freeMonthly', input({ offer: null, freeMonthly: 3 })],
  ['meter', input({ offer: null, meter: METER })],
  ['pack', input({ offer: null, pack: PACK })],
  ['pack.uses', input({ pack: { ...PACK, uses: -1 } })],
])('a rule that cannot be kept names its field %s', (field, bad) => {
  expect(Object.keys(refuseRules([input(), bad]))).toEqual([`rules.1.${field}`])
})

test('there is at least one rule and no end of them is refused', () => {
  expect(Object.keys(refuseRules([]))).toEqual(['rules'])
  expect(Object.keys(refuseRules(Array.from({ length: 201 }, () => input())))).toEqual(['rules'])
})
