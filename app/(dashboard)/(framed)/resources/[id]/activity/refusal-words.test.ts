import { expect, test } from 'vitest'
import { CODES } from '#lib/errors.ts'
import { describeRefusal } from './refusal-words.ts'

const JUDGED = Object.entries(CODES).filter(
  ([code]) =>
    (/^(l402|limit)\./.test(code) && code !== 'limit.header_size') || /^(lightning|database|queue)\./.test(code),
)

test.each(JUDGED)('%s says what came and what the client should have sent', (code) => {
  const { came, wanted } = describeRefusal(code, '')
  expect(came.length).toBeGreaterThan(10)
  if (code !== 'l402.missing') expect(wanted.length).toBeGreaterThan(10)
})

test('a detail has words of its own, and one that nobody foresaw those of its reason', () => {
  expect(describeRefusal('l402.caveat_refused', 'method').came).toBe('A token for another method')
  expect(describeRefusal('l402.caveat_refused', 'what is new')).toEqual(describeRefusal('l402.caveat_refused', ''))
  expect(describeRefusal('made.up', '')).toEqual({ came: 'made.up', wanted: '' })
})
