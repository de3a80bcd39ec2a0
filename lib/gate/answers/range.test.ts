/** Ranges of bytes, by the grammar and by what a client could gain from a wrong one. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readRange } from './range.ts'

const CONTENT = { etag: '"abc"', length: 1000 }
const read = (range: string, more: readonly (readonly [string, string])[] = [], method = 'GET') =>
  readRange({ method, headers: [['Range', range], ...more] }, CONTENT)

test.each([
  ['bytes=0-0', { start: 0, end: 1 }],
  ['bytes=0-99', { start: 0, end: 100 }],
  ['bytes=900-', { start: 900, end: 1000 }],
  ['bytes=-100', { start: 900, end: 1000 }],
  ['bytes=-5000', { start: 0, end: 1000 }],
  ['bytes=990-5000', { start: 990, end: 1000 }],
  ['Bytes= 1 - 2 ', { start: 1, end: 3 }],
])('%s is that part', (range, part) => {
  expect(read(range)).toEqual(part)
})

test.each(['bytes=1000-', 'bytes=5000-6000', 'bytes=-0'])('%s lies behind the end', (range) => {
  expect(read(range)).toBe('unsatisfiable')
})

test.each(['bytes=5-1', 'bytes=-', 'bytes=a-b', 'items=0-1', 'bytes=0-1,3-4', 'bytes=0-99999999999999999999'])(
  '%s is passed over, and all is sent',
  (range) => {
    expect(read(range)).toBeNull()
  },
)

test('a part of other bytes than the client holds is not sent', () => {
  expect(read('bytes=0-1', [['If-Range', '"other"']])).toBeNull()
  expect(read('bytes=0-1', [['If-Range', 'W/"abc"']])).toBeNull()
  expect(read('bytes=0-1', [['If-Range', '"abc"']])).toEqual({ start: 0, end: 2 })
})

test('only GET has parts', () => {
  expect(read('bytes=0-1', [], 'HEAD')).toBeNull()
})

test('whatever is asked, a part lies inside the bytes and is not empty', () => {
  fc.assert(
    fc.property(fc.nat(3000), fc.nat(3000), fc.constantFrom('both', 'from', 'suffix'), (a, b, form) => {
      const text = form === 'both' ? `${a}-${b}` : form === 'from' ? `${a}-` : `-${b}`
      const part = read(`bytes=${text}`)
      if (part === null || part === 'unsatisfiable') return
      expect(part.start).toBeGreaterThanOrEqual(0)
      expect(part.end).toBeGreaterThan(part.start)
      expect(part.end).toBeLessThanOrEqual(1000)
    }),
  )
})
