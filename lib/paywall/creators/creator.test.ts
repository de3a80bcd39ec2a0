import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCreatorHosts } from '#lib/paywall/resources/creator-host.ts'
import { parseHandle, suggestHandles } from './creator.ts'
import { refuseName } from './profile.ts'

describe('a handle', () => {
  test.each(['harbor', 'harbor-notes', 'a1b', '123', 'x'.repeat(30)])('"%s" can be chosen', (handle) => {
    expect(parseHandle(handle)).toEqual({ kind: 'handle', handle })
  })

  test.each([
    ['', 'Choose'],
    ['Harbor', 'lower-case'],
    ['har bor', 'spaces'],
    ['harbor ', 'spaces'],
    ['hafen-ä', 'a to z'],
    ['harbor.evil', 'a to z'],
    ['har_bor', 'a to z'],
    ['hаrbor', 'a to z'],
    ['ab', 'at least 3'],
    ['x'.repeat(31), 'at most 30'],
    ['-harbor', 'Begin and end'],
    ['harbor-', 'Begin and end'],
    ['xn--hfen-loa', 'one hyphen'],
    ['admin', 'reserved'],
    ['www', 'reserved'],
    ['harbor\0', 'a to z'],
  ])('"%s" is refused with a sentence that says why', (text, sentence) => {
    expect(parseHandle(text)).toEqual({ kind: 'invalid', message: expect.stringContaining(sentence) })
  })

  test('that can be chosen is a host name that reads back as the same handle', () => {
    const hosts = createCreatorHosts('*.localhost:8402')
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9-]{1,32}$/), (text) => {
        const parsed = parseHandle(text)
        if (parsed.kind === 'handle') expect(hosts.handleOf(hosts.hostOf(parsed.handle))).toBe(text)
      }),
    )
  })

  test('that is taken comes with variants that can be chosen', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9][a-z0-9]{1,28}[a-z0-9]$/), (handle) => {
        const variants = suggestHandles(handle)
        expect(variants.length).toBeGreaterThanOrEqual(3)
        expect(variants.every((variant) => parseHandle(variant).kind === 'handle' && variant !== handle)).toBe(true)
      }),
    )
  })
})

describe('a creator host', () => {
  const hosts = createCreatorHosts('*.localhost:8402')
  test.each([
    'localhost:8402',
    '.localhost:8402',
    'a.b.localhost:8402',
    'harbor.localhost',
    'harbor.localhost:80',
    'harbor.localhost:8402.evil',
    '-a.localhost:8402',
  ])('%s belongs to nobody', (host) => {
    expect(hosts.handleOf(host)).toBeNull()
  })
})

test.each(['', '  ', 'x'.repeat(61), 'two\nlines'])('the name "%s" is refused', (name) => {
  expect(refuseName(name)).toEqual(expect.any(String))
})
test('an ordinary name in any script is taken', () => {
  expect(refuseName('Ingrid Rask · 港の便り')).toBeNull()
})
