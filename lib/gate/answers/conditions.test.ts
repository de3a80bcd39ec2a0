import { describe, expect, test } from 'vitest'
import { isUnchanged } from './conditions.ts'

const having = (...values: string[]) => ({ headers: values.map((value) => ['If-None-Match', value] as const) })

describe('what a client has is not sent again', () => {
  test.each([['"a1"'], ['W/"a1"'], ['"x", "a1"'], ['"x",W/"a1" , "y"'], ['*'], [' * ']])('%s', (value) => {
    expect(isUnchanged(having(value), '"a1"')).toBe(true)
  })
  test.each([['"a1-br"'], ['"a1-gzip"']])('in a packed form: %s', (value) => {
    expect(isUnchanged(having(value), '"a1"')).toBe(true)
    expect(isUnchanged(having('"a1"'), value)).toBe(true)
  })
  test('in the second of two fields', () => {
    expect(isUnchanged(having('"x"', '"a1"'), '"a1"')).toBe(true)
  })
})

describe('anything else is sent whole', () => {
  test.each([['"a2"'], ['"a2-br"'], ['"a1-deflate"'], ['a1'], ['"A1"'], ['"a1'], ['w/a1'], ['"x*"'], ['']])(
    '%s',
    (value) => {
      expect(isUnchanged(having(value), '"a1"')).toBe(false)
    },
  )
  test('without the field', () => {
    expect(isUnchanged({ headers: [['If-Match', '"a1"']] }, '"a1"')).toBe(false)
  })
})
