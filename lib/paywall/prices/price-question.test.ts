/** A parameter that counts is told in whatever spelling the upstream could read it. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { selectQuery } from './price-question.ts'

test('what counts is told as it was sent, in its order, and the rest is not', () => {
  expect(selectQuery('b=1&size=2&c=3&size=x%20y', ['size'])).toEqual([
    ['size', '2'],
    ['size', 'x y'],
  ])
  expect(selectQuery('size=2', [])).toEqual([])
})

test.each(['SIZE', 'size[]', 'size[a]', '+size', 'si.ze', 's%69ze', 's%2569ze', 'size%00', 'size%5B%5D', 'si_ze'])(
  '%s is told, since some server reads it as size',
  (name) => {
    expect(selectQuery(`a=1&${name}=huge`, ['size'])?.map(([, value]) => value)).toEqual(['huge'])
  },
)

test.each(['size=1;size=2', 'a=1;b', 'si%ze=1', 'size=%', 'a\\b=1'])('%s is read by nobody without doubt', (query) => {
  expect(selectQuery(query, ['size'])).toBeNull()
})

test('more than anybody asks for is not told', () => {
  expect(selectQuery(`size=${'x'.repeat(2_048)}`, ['size'])).toBeNull()
  expect(selectQuery(Array(51).fill('size=1').join('&'), ['size'])).toBeNull()
  expect(selectQuery(`other=${'x'.repeat(4_000)}`, ['size'])).toEqual([])
})

test('whatever a client sends, no parameter of that very name is left untold', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('size', 'a', 'siz', 'size2'), fc.string())), (pairs) => {
      const told = selectQuery(new URLSearchParams(pairs).toString(), ['size'])
      const wanted = pairs.filter(([name]) => name === 'size').map(([, value]) => value.toWellFormed())
      expect(told?.map(([, value]) => value)).toEqual(wanted)
    }),
  )
})
