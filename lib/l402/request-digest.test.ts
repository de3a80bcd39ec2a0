/** A request has one digest, and no other request has it. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ctx } from '#tests/support/l402.ts'
import { digestRequest } from './request-digest.ts'

const digest = (method: string, path: string, query: string) => digestRequest(ctx.sha256, { method, path, query })

test('two spellings of a path are one request, and HEAD is the GET that it asks about', () => {
  expect(digest('HEAD', '/%61', 'x=1')).toBe(digest('GET', '/a', 'x=1'))
  expect(digest('GET', '/a', '')).toMatch(/^[0-9a-f]{32}$/)
})

test('another method, path or query is another request', () => {
  const request = fc.tuple(
    fc.constantFrom('GET', 'POST'),
    fc.constantFrom('/', '/a', '/a/', '/A', '/a%2Fb', '/a/b'),
    fc.constantFrom('', 'x=1', 'x=1&x=1', 'X=1', 'x=%31', 'x=1&'),
  )
  fc.assert(
    fc.property(request, request, (a, b) => {
      expect(digest(...a) === digest(...b)).toBe(a.join('\n') === b.join('\n'))
    }),
  )
})
