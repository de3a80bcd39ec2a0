/** What is typed becomes a rule and back; what cannot be one is said by field. */
import { describe, expect, test } from 'vitest'
import type { RuleInput } from '#lib/paywall/resources/api/rule.ts'
import { faultsOf, moved, newDraft, shadowsOf, suggestName, termsText, toDraft, toRuleInput } from './rule-draft.ts'

const RULE: RuleInput = {
  ...{ service: 'k3h-best', name: 'best', methods: ['GET', 'POST'], host: 'api.example', path: '/best/*' },
  ...{ tier: 2, capability: 'best', freeMonthly: 3 },
  offer: {
    ...{ price: '12', lastsSeconds: 5_400, uses: 9, rate: '10/60', bytes: null, seconds: null, volume: 100 },
    pricing: { endpoint: null, surge: { above: 60, ceilingPercent: 300 } },
  },
  meter: { unit: 'token', told: { from: 'header' }, estimate: { units: 1, asked: null } },
  pack: null,
}

describe('a rule', () => {
  test('comes back from its draft as it was kept', () => {
    expect(toRuleInput(toDraft(RULE, 'a'))).toEqual(RULE)
    const { meter: _meter, pack: _pack, freeMonthly: _free, ...bare } = RULE
    const free = { ...bare, service: null, methods: [], host: null, tier: 0, capability: null, offer: null }
    expect(toRuleInput(toDraft(free, 'a'))).toEqual(free)
  })

  test('that becomes free names no service any more', () => {
    expect(toRuleInput({ ...toDraft(RULE, 'a'), isFree: true })).toMatchObject({ service: null, offer: null })
  })

  test('is typed with blanks, small methods and capital hosts', () => {
    const typed = { ...newDraft('a', ' /a '), methods: 'get post', host: 'API.example', rate: '10 / 60' }
    expect(toRuleInput(typed)).toMatchObject({ methods: ['GET', 'POST'], host: 'api.example', path: '/a', name: 'a' })
    expect(faultsOf([typed])).toEqual({})
  })

  test.each([
    ['price', { price: '0' }],
    ['price', { price: '1,000' }],
    ['tier', { tier: 'x' }],
    ['uses', { uses: '1.5' }],
    ['lastsSeconds', { lasts: '-1' }],
    ['path', { path: 'a' }],
    ['rate', { rate: 'often' }],
  ])('that cannot be kept names its field %s', (field, typed) => {
    expect(Object.keys(faultsOf([newDraft('a'), { ...newDraft('b'), ...typed }]))).toEqual([`rules.1.${field}`])
  })
})

test('a rule behind one that takes everything is marked with it', () => {
  expect([...shadowsOf([newDraft('a'), newDraft('b', '/a')])]).toEqual([[1, 0]])
  expect(shadowsOf([newDraft('b', '/a'), newDraft('a')]).size).toBe(0)
})

test.each([
  ['/nodes/*', 'nodes'],
  ['/**', 'all'],
  ['/', 'front'],
  ['/v1/Chat.Completions', 'v1-chat-completions'],
])('a rule for %s without a name is called %s', (path, name) => {
  expect(suggestName(path)).toBe(name)
})

test('terms are told shortly, and a free rule has none', () => {
  expect(termsText(toDraft(RULE, 'a'))).toBe(
    '9 uses, 90 minutes, 10/60 s, 3 free a month, rises with demand, 100 × token',
  )
  expect(termsText({ ...toDraft(RULE, 'a'), isFree: true })).toBe('')
})

test('moving keeps everything and the order of the others', () => {
  expect(moved(['a', 'b', 'c'], 0, 2)).toEqual(['b', 'c', 'a'])
  expect(moved(['a', 'b', 'c'], 2, 0)).toEqual(['c', 'a', 'b'])
})
