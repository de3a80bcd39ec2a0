/** A pattern holds for every server that could read a path otherwise, or the path is judged by nobody. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { coversPattern, matchPatterns, type Pattern, parsePattern } from './path-pattern.ts'

const read = (text: string): Pattern => {
  const pattern = parsePattern(text)
  if (pattern === null) throw new TypeError(`no pattern: ${text}`)
  return pattern
}
const patterns = ['/nodes/best', '/nodes/*', '/files/**'].map(read)
const fitting = (path: string) => matchPatterns(patterns, path)?.fitting ?? null

test.each(['/', '/a', '/a/*', '/a/*/b', '/**', '/a/**', '/caf%C3%A9', "/a.b~c!$&'()+,=:@"])(
  '%s is a pattern',
  (text) => {
    expect(parsePattern(text)).not.toBeNull()
  },
)

test.each([
  '',
  'a',
  '/a//b',
  '/a/../b',
  '/a/.',
  '/**/b',
  '/a*',
  '/a;b',
  '/a%2Fb',
  '/a%20b',
  '/a?b',
  '/a b',
  '/a\\b',
  `/${'a'.repeat(256)}`,
])('%s is no pattern', (text) => {
  expect(parsePattern(text)).toBeNull()
})

test.each([
  ['/nodes/best', [0, 1]],
  ['/nodes/other', [1]],
  ['/nodes', []],
  ['/nodes/best/x', []],
  ['/files', [2]],
  ['/files/a/b/c', [2]],
  ['/NODES/Best', [0, 1]],
  ['/nodes/best/', [0, 1]],
  ['/nodes/%62est', [0, 1]],
  ['/files/a%20b', [2]],
  ['/files/%C3%A9', [2]],
  ['/files/a;v=1', [2]],
  ['/files/a%2Fb', [2]],
])('%s is meant by the patterns %j', (path, expected) => {
  expect(fitting(path)).toEqual(expected)
})

test.each([
  '/nodes/best;v=1',
  '/nodes;x/best',
  '/nodes%2Fbest',
  '/nodes%5Cbest',
  '/nodes/%2562est',
  '/nodes/%252562est',
  '/files/%2e%2e/nodes/best',
  '/files/..;/nodes/best',
  '/files/..%2Fnodes%2Fbest',
  '/files/%252e%252e/nodes/best',
  '/files//a',
  '/files/./a',
  '/files/a%00',
  '/files/a%0d%0a',
  '/files/%',
  '/files/%zz',
  '/files/ü',
  `/files/${'a'.repeat(1100)}`,
])('%s is judged by nobody', (path) => {
  expect(fitting(path)).toBeNull()
})

/** Servers as they are: each does some of this before it looks a path up. */
const READERS: readonly ((path: string) => string)[] = [
  (path) => decodeLoosely(path),
  (path) => decodeLoosely(decodeLoosely(path)),
  (path) => path.replace(/;[^/]*/g, ''),
  (path) => decodeLoosely(path.replace(/;[^/]*/g, '')),
  (path) => decodeLoosely(path).replace(/;[^/]*/g, ''),
  (path) => decodeLoosely(path).replaceAll('\\', '/'),
  (path) => path.toLowerCase(),
]

function decodeLoosely(path: string): string {
  return path.replace(/%[0-9a-f]{2}/gi, (triplet) => String.fromCharCode(Number.parseInt(triplet.slice(1), 16)))
}

/** As a router looks it up: dots resolved, empty segments dropped. */
function resolve(path: string): string[] {
  const segments: string[] = []
  for (const segment of path.toLowerCase().split('/')) {
    if (segment === '..') segments.pop()
    else if (segment !== '' && segment !== '.') segments.push(segment)
  }
  return segments
}

/** The three patterns above, written as another would. */
function listFitting(path: string): number[] {
  const written = [/^nodes\/best$/, /^nodes\/[^/]+$/, /^files(?:\/.*)?$/s]
  return written.flatMap((pattern, n) => (pattern.test(path) ? [n] : []))
}

const hostilePiece = fc.constantFrom(
  ...[
    'nodes',
    'best',
    'files',
    'a',
    '/',
    '//',
    '..',
    '.',
    ';',
    ';v=1',
    '%2f',
    '%2F',
    '%5c',
    '%3b',
    '%2e',
    '%25',
    '%2562',
    '%62',
    '%252e',
    '\\',
    'B',
    '%00',
    '%20',
  ],
)

test('no path that is let through is another place to any known reader', () => {
  fc.assert(
    fc.property(fc.array(hostilePiece, { maxLength: 10 }), (pieces) => {
      const path = `/${pieces.join('')}`
      const asked = matchPatterns(patterns, path)
      if (asked === null) return
      expect(matchPatterns(patterns, asked.path)).toEqual(asked)
      for (const reader of READERS) {
        const seen = resolve(reader(asked.path)).join('/')
        expect([seen, listFitting(seen)]).toEqual([seen, asked.fitting])
      }
    }),
    { numRuns: 5_000 },
  )
})

describe('one pattern covers another', () => {
  test.each([
    ['/**', '/a/b'],
    ['/**', '/'],
    ['/a/*', '/a/b'],
    ['/a/**', '/a'],
    ['/a/**', '/a/*/c'],
    ['/a/*', '/a/*'],
    ['/A/b', '/a/B'],
  ])('%s covers %s', (outer, inner) => {
    expect(coversPattern(read(outer), read(inner))).toBe(true)
  })

  test.each([
    ['/a/b', '/a/*'],
    ['/a/*', '/a/**'],
    ['/a/*', '/a/b/c'],
    ['/a/*', '/a'],
    ['/a', '/b'],
    ['/', '/**'],
  ])('%s does not cover %s', (outer, inner) => {
    expect(coversPattern(read(outer), read(inner))).toBe(false)
  })

  test('if and only if it means every path that the other means', () => {
    const segment = fc.constantFrom('a', 'b', '*')
    const pattern = fc
      .tuple(fc.array(segment, { maxLength: 3 }), fc.boolean())
      .map(([segments, isOpen]) => read(`/${[...segments, ...(isOpen ? ['**'] : [])].join('/')}`))
    const words = ['a', 'b', 'c']
    const paths = [[]] as string[][]
    for (let n = 0; n < 4; n += 1)
      paths.push(...paths.filter((path) => path.length === n).flatMap((path) => words.map((word) => [...path, word])))
    fc.assert(
      fc.property(pattern, pattern, (outer, inner) => {
        const means = (one: Pattern, path: string[]) => matchPatterns([one], `/${path.join('/')}`)?.fitting.length === 1
        const isCovered = paths.every((path) => !means(inner, path) || means(outer, path))
        expect(coversPattern(outer, inner)).toBe(isCovered)
      }),
      { numRuns: 300 },
    )
  })
})
