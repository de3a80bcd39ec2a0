import { describe, expect, it } from 'vitest'
import { isClaimOver, isReusable, stateAt } from './challenge.ts'

const at = (seconds: number) => new Date(1_800_000_000_000 + seconds * 1000)
const open = { state: 'open' as const, expiresAt: at(900) }

describe('a challenge', () => {
  it('reads expired from the moment its invoice ends, while the row still says open', () => {
    expect(stateAt(open, at(899))).toBe('open')
    expect(stateAt(open, at(900))).toBe('expired')
    expect(stateAt({ ...open, state: 'settled' }, at(901))).toBe('settled')
    expect(stateAt({ ...open, state: 'canceled' }, at(0))).toBe('canceled')
  })

  it('is sent again with a minute left, and not with less', () => {
    expect(isReusable(open, at(840))).toBe(true)
    expect(isReusable(open, at(840.001))).toBe(false)
  })

  it.each(['expired', 'settled', 'canceled'] as const)('is never sent again when it is %s', (state) => {
    expect(isReusable({ ...open, state }, at(0))).toBe(false)
  })

  it('can be claimed for thirty days after settlement', () => {
    const days = 24 * 3600
    expect(isClaimOver(at(0), at(30 * days))).toBe(false)
    expect(isClaimOver(at(0), at(30 * days + 1))).toBe(true)
  })
})
