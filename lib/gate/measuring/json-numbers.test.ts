/** Whatever JSON and however it is cut into pieces, the numbers are those that a parser finds. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeUtf8 } from '#lib/l402/bytes.ts'
import { createJsonNumbers } from './json-numbers.ts'

const POINTERS = ['/usage/a', '/usage/b~1c', '/0/n', '/list/2']

function scan(text: string, cuts: readonly number[] = [], keep: 'last' | 'largest' = 'last') {
  const bytes = encodeUtf8(text)
  const numbers = createJsonNumbers(POINTERS, keep)
  let from = 0
  for (const cut of [...cuts.map((part) => Math.floor(part * bytes.length)), bytes.length].sort((a, b) => a - b)) {
    numbers.push(bytes.subarray(from, cut))
    from = cut
  }
  const found = numbers.end()
  return found === null ? null : Object.fromEntries(found)
}

/** What a parser of the whole text finds there. */
function lookUp(value: unknown): Record<string, number> {
  return Object.fromEntries(
    POINTERS.flatMap((pointer) => {
      const segments = pointer
        .split('/')
        .slice(1)
        .map((one) => one.replaceAll('~1', '/'))
      const found = segments.reduce<unknown>((at, key) => (at as Record<string, unknown> | null)?.[key], value)
      return typeof found === 'number' && found >= 0 ? [[pointer, found]] : []
    }),
  )
}

describe('numbers of a JSON text', () => {
  test('are found wherever it is cut', () => {
    const key = fc.constantFrom('usage', 'a', 'b/c', 'n', 'list', '0', '2', 'é"\\')
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        fc.oneof(
          fc.nat(),
          fc.double({ noNaN: true, noDefaultInfinity: true }),
          fc.string(),
          fc.boolean(),
          fc.constant(null),
        ),
        fc.array(tie('tree'), { maxLength: 4 }),
        fc.dictionary(key, tie('tree'), { maxKeys: 4 }),
      ),
    }))
    fc.assert(
      fc.property(
        tree,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 5 }),
        fc.constantFrom(0, 2),
        (value, cuts, indent) => {
          // -0 is written as 0.
          const text = JSON.stringify(value, null, indent)
          expect(scan(text, cuts)).toEqual(lookUp(JSON.parse(text)))
        },
      ),
      { numRuns: 300 },
    )
  })

  test.each(['', '{', '{"usage":{"a":1}', '{"usage":{"a":1}]', '{"usage":{"a":1}} {}', '"open', '['.repeat(10_000)])(
    'are none in %s, which is no whole text',
    (text) => {
      expect(scan(text)).toBeNull()
    },
  )

  test.each(['"12"', '-1', '1e999', 'null', '[1]', '01', '{"a":1}'])(
    'are none where %s stands in place of one',
    (value) => {
      expect(scan(`{"usage":{"a":${value}}}`)).toEqual({})
    },
  )

  test('that stand there twice are the last, or the largest', () => {
    const text = '{"usage":{"a":7},"usage":{"a":9,"a":8}}'
    expect([scan(text), scan(text, [], 'largest')]).toEqual([{ '/usage/a': 8 }, { '/usage/a': 9 }])
  })
})
