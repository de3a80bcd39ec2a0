import { describe, expect, test } from 'vitest'
import { formatApiKey, isOver, parseApiKey, refuseKeyName } from './api-key.ts'

const PARTS = { publicId: 'k3h1m9p0q2w4', secret: `${'A-_z'.repeat(10)}abc` }

test('a key is read as it was written', () => {
  expect(formatApiKey(PARTS)).toBe(`sk_k3h1m9p0q2w4_${PARTS.secret}`)
  expect(parseApiKey(formatApiKey(PARTS))).toEqual(PARTS)
})

test.each([
  '',
  'sk_',
  `SK_k3h1m9p0q2w4_${PARTS.secret}`,
  `sk_k3h1m9p0q2w_${PARTS.secret}`,
  `sk_k3h1m9p0q2w4_${PARTS.secret}A`,
  ` ${formatApiKey(PARTS)}`,
  `${formatApiKey(PARTS)}\n`,
  `sk_k3h1m9p0q2w4_${PARTS.secret.slice(1)}=`,
])('nothing else is one: %j', (text) => expect(parseApiKey(text)).toBeNull())

test('a key is over from its end on, and one without an end never', () => {
  const now = new Date('2026-11-20T12:00:00Z')
  expect(isOver({ endsAt: now }, now)).toBe(true)
  expect(isOver({ endsAt: new Date(now.getTime() + 1) }, now)).toBe(false)
  expect(isOver({ endsAt: null }, now)).toBe(false)
})

describe('a name', () => {
  test.each(['', '   ', 'x'.repeat(61)])('%j is refused with a sentence', (name) => {
    expect(refuseKeyName(name)).toMatch(/\.$/)
  })

  test.each(['shop', ' shop ', 'x'.repeat(60)])('%j is taken', (name) => expect(refuseKeyName(name)).toBeNull())
})
