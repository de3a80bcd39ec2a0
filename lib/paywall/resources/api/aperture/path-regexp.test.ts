/** No rule that is made of an expression means a path that the expression does not. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { matchPatterns, parsePattern } from '#lib/paywall/resources/api/path-pattern.ts'
import { readPathRegexp } from './path-regexp.ts'

test.each<[string, string[], boolean]>([
  ['', ['/**'], false],
  ['^/.*$', ['/**'], false],
  ['.*', ['/**'], false],
  ['^/', ['/**'], false],
  ['^/v1/.*$', ['/v1/**'], false],
  ['^/v1/', ['/v1/**'], false],
  ['^/v1$', ['/v1'], false],
  ['^/v1/[^/]+$', ['/v1/*'], false],
  ['^/v1/[^/]+/price$', ['/v1/*/price'], false],
  ['^/(terms|quote)/.*$', ['/terms/**', '/quote/**'], false],
  ['^/v1\\.2/x$', ['/v1.2/x'], false],
  ['^/freebieservice.*$', ['/freebieservice/**'], true],
  ['^/looprpc.SwapServer/LoopOutTerms.*$', ['/looprpc.SwapServer/LoopOutTerms/**'], true],
  ['/v1/.*', ['/v1/**'], true],
])('%s is read as %j', (expression, patterns, isNarrower) => {
  expect(readPathRegexp(expression)).toEqual({ kind: 'patterns', patterns, isNarrower })
})

test.each([
  '^/v[12]/.*$',
  '^/\\d+$',
  '^/a|/b$',
  '^/a/(b|c',
  '^/a/.*/b$',
  'v1',
  '^/a b$',
  '^/a/\\w+/?$',
  '(?i)^/a$',
  '^/../x$',
])('%s has no pattern, so no rule is made of it', (expression) => {
  expect(readPathRegexp(expression)).toEqual({ kind: 'unknown' })
})

const piece = fc.constantFrom('^', '/', 'a', 'b', '.', '\\.', '.*', '.+', '$', '[^/]+', '(a|b)', '|', '\\d', '*')
const path = fc
  .array(fc.constantFrom('a', 'b', 'ab', 'a.b', 'a.', '1'), { maxLength: 4 })
  .map((parts) => `/${parts.join('/')}`)

test('whatever the expression, a path that its patterns mean is one that it finds', () => {
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 8 }), path, (pieces, asked) => {
      const expression = pieces.join('')
      const read = readPathRegexp(expression)
      if (read.kind === 'unknown') return
      const patterns = read.patterns.flatMap((each) => [parsePattern(each)].filter((pattern) => pattern !== null))
      expect(patterns).toHaveLength(read.patterns.length)
      const isMeant = (matchPatterns(patterns, asked)?.fitting.length ?? 0) > 0
      // A slash at the end means nothing to a rule.
      if (isMeant)
        expect([asked, `${asked}/`, asked.replace(/\/$/, '')].some((one) => new RegExp(expression).test(one))).toBe(
          true,
        )
    }),
    { numRuns: 3_000 },
  )
})
