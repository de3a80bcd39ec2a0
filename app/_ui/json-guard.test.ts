/** Guarantees of the shapes: what does not fit is null and never half an object. */
import { describe, expect, it } from 'vitest'
import { isNumber, isString, object, orNull, parseJson } from './json-guard.ts'

const isPoint = object<{ name: string; x: number; note: string | null }>({
  name: isString,
  x: isNumber,
  note: orNull(isString),
})

describe('shape of JSON', () => {
  it('takes what fits', () => {
    expect(parseJson('{"name":"a","x":1,"note":null}', isPoint)).toEqual({ name: 'a', x: 1, note: null })
    expect(parseJson('{"name":"a","x":1,"note":"n","more":true}', isPoint)).toMatchObject({ note: 'n' })
  })

  it.each([
    '',
    'null',
    '[]',
    '7',
    '{',
    '{"name":"a","x":1}',
    '{"name":1,"x":1,"note":null}',
    '{"name":"a","x":null,"note":null}',
  ])('answers null for %j', (text) => {
    expect(parseJson(text, isPoint)).toBeNull()
  })

  it('does not take inherited members for its own', () => {
    expect(object<{ toString: string }>({ toString: (value): value is string => value !== undefined })({})).toBe(false)
    expect(parseJson(null, isPoint)).toBeNull()
  })
})
