import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asPaymentHash } from '#lib/l402/preimage.ts'
import type { InvoiceState, InvoiceUpdate } from '#lib/lightning/backend.ts'
import { msat } from '#lib/money.ts'
import type { ChallengeState } from '#lib/paywall/challenges/challenge.ts'
import { isFinal, statesBefore, sweepStep } from './invoice.ts'

const at = (seconds: number) => new Date(1_800_000_000_000 + seconds * 1000)
const answerOf = (state: InvoiceState): InvoiceUpdate => ({
  paymentHash: asPaymentHash(new Uint8Array(32)),
  state,
  receivedMsat: msat(state === 'settled' ? 1000n : 0n),
  settleCursor: null,
  settledAt: null,
  listCursor: '1',
  memo: '',
  expiresAt: at(0),
})

describe('the states of a challenge', () => {
  it('may end in settled from every other state, so late money is never refused', () => {
    expect(statesBefore('settled').toSorted()).toEqual(['canceled', 'expired', 'open'])
  })

  it('leave settled by no way at all', () => {
    const all: ChallengeState[] = ['open', 'expired', 'settled', 'canceled']
    for (const to of all) expect(statesBefore(to)).not.toContain('settled')
  })

  it('never go back to open', () => {
    expect(statesBefore('open')).toEqual([])
  })

  it('are final only by the word of the node', () => {
    expect((['open', 'expired', 'settled', 'canceled'] as const).filter(isFinal)).toEqual(['settled', 'canceled'])
  })
})

describe('the step of a sweep', () => {
  const row = { state: 'open' as ChallengeState, expiresAt: at(0), missingSinceAt: null as Date | null }
  const swept = (answer: InvoiceUpdate | null, startedAt: Date, more: Partial<typeof row> = {}) =>
    sweepStep({ ...row, ...more }, answer, { startedAt })

  it('settles and cancels what the node says, at any time', () => {
    for (const startedAt of [at(-1000), at(0), at(1e6)]) {
      expect(swept(answerOf('settled'), startedAt)).toBe('settle')
      expect(swept(answerOf('canceled'), startedAt)).toBe('cancel')
    }
  })

  it('calls an open row expired from its last moment on, and not before', () => {
    expect(swept(answerOf('open'), at(-0.001))).toBe('keep')
    expect(swept(answerOf('open'), at(0))).toBe('expire')
    expect(swept(answerOf('open'), at(0), { state: 'expired' })).toBe('keep')
    expect(swept(answerOf('held'), at(0))).toBe('expire')
  })

  it('ends a missing row only when an earlier sweep heard the same after the grace', () => {
    expect(swept(null, at(3600))).toBe('expire')
    expect(swept(null, at(3601))).toBe('note-missing')
    expect(swept(null, at(3602), { missingSinceAt: at(3602) })).toBe('keep')
    expect(swept(null, at(3602), { missingSinceAt: at(3601) })).toBe('cancel')
    expect(swept(answerOf('open'), at(3602), { missingSinceAt: at(3601) })).toBe('found-again')
  })

  it('never cancels a row that the node knows as unpaid, whatever our clock says', () => {
    const times = fc.integer({ min: -1e6, max: 1e9 })
    fc.assert(
      fc.property(times, fc.option(times), fc.constantFrom('open' as const, 'held' as const), (now, missing, state) => {
        const missingSinceAt = missing === null ? null : at(missing)
        expect(swept(answerOf(state), at(now), { missingSinceAt })).not.toBe('cancel')
      }),
    )
  })

  it('never cancels by a first "not found"', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e6, max: 1e9 }), (now) => {
        expect(swept(null, at(now))).not.toBe('cancel')
      }),
    )
  })
})
