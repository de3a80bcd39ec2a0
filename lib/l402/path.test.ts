import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { coversPath, isNormalPath, normalizePath } from './path.ts'

describe('normal form', () => {
  it.each([
    '/',
    '/a',
    '/a/',
    '/a/b.c',
    '/a..b/...',
    '/.a',
    '/a;b=1,2@:c',
    "/~!$&'()*+",
    '/%2F',
    '/%C3%A9',
    '/a.',
    '/%00',
  ])('%s has it', (path) => {
    expect(isNormalPath(path)).toBe(true)
    expect(normalizePath(path)).toBe(path)
  })
  it.each([
    '',
    'a',
    '//',
    '/a//b',
    '/a//',
    '/.',
    '/..',
    '/a/.',
    '/a/./b',
    '/a/..',
    '/a/../b',
    '/%2e/b',
    '/%2E%2E',
    '/a/%2e./b',
    '/a?b',
    '/a#b',
    '/a b',
    '/a\\b',
    '/a%',
    '/a%2',
    '/a%zz',
    '/a%2g',
    '/\u00e9',
    '/a"',
    '/a<',
    '/[',
    '/a\n',
    '*',
    'http://x/a',
  ])('%j never gets it', (path) => {
    expect(isNormalPath(path)).toBe(false)
    expect(normalizePath(path)).toBeNull()
  })
  it.each([
    ['/%7Ex', '/~x'],
    ['/%c3%a9', '/%C3%A9'],
    ['/%41%2d%2E%5f%30', '/A-._0'],
    ['/a%2fb', '/a%2Fb'],
    ['/%20', '/%20'],
  ])('%s is brought to %s', (path, normal) => {
    expect(normalizePath(path)).toBe(normal)
    expect(isNormalPath(path)).toBe(path === normal)
  })
  it('is reached once and for all', () => {
    const path = fc.string({
      unit: fc.constantFrom('/', '.', 'a', 'B', '%', '2', 'e', 'E', 'F', '7', '~', '-'),
      maxLength: 20,
    })
    fc.assert(
      fc.property(path, (text) => {
        const normal = normalizePath(`/${text}`)
        if (normal === null) return
        expect(isNormalPath(normal)).toBe(true)
        expect(normalizePath(normal)).toBe(normal)
      }),
    )
  })
  it('ends at 1,024 characters, counted in normal form', () => {
    expect(normalizePath(`/${'a'.repeat(1023)}`)).toHaveLength(1024)
    expect(normalizePath(`/${'a'.repeat(1024)}`)).toBeNull()
    expect(normalizePath(`/${'%61'.repeat(1023)}`)).toHaveLength(1024)
    expect(normalizePath(`/${'%61'.repeat(1024)}`)).toBeNull()
  })
})

describe('below a path', () => {
  it.each([
    ['/v1', '/v1', true],
    ['/v1', '/v1/', true],
    ['/v1', '/v1/x', true],
    ['/v1', '/v10', false],
    ['/v1', '/v', false],
    ['/v1', '/v2', false],
    ['/v1/', '/v1', false],
    ['/v1/', '/v1/x', true],
    ['/', '/x', true],
    ['/v1', '/V1', false],
  ])('%s covers %s: %s', (limit, path, covers) => {
    expect(coversPath(limit, path)).toBe(covers)
  })
})
