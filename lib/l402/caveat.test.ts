import { describe, expect, it } from 'vitest'
import { encodeUtf8 } from './bytes.ts'
import { foldCondition, formatCaveat, parseCaveat } from './caveat.ts'

describe('caveat text', () => {
  it('splits at the first equals sign', () => {
    expect(parseCaveat(encodeUtf8('a=b=c'))).toEqual({ condition: 'a', value: 'b=c' })
    expect(parseCaveat(encodeUtf8('=b'))).toEqual({ condition: '', value: 'b' })
    expect(parseCaveat(encodeUtf8('a'))).toEqual({ condition: 'a', value: null })
    expect(parseCaveat(formatCaveat('a_uses', '1'))).toEqual({ condition: 'a_uses', value: '1' })
  })
  it('lowers ASCII letters only: no other letter turns into one of ours', () => {
    // U+212A, the Kelvin sign, is `k` in Unicode lower case.
    expect(foldCondition('\u212a3h-tides_uses')).toBe('3h-tides_uses')
    expect(foldCondition('\u0130A_Z')).toBe('a_z')
  })
})
