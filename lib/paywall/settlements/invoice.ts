/** The life of an invoice as data: which state follows which, and what a backend's answer makes of a row (architecture.md §6). */
import type { InvoiceUpdate } from '#lib/lightning/backend.ts'
import type { ChallengeState } from '#lib/paywall/challenges/challenge.ts'

/**
 * Every legal step. `canceled -> settled` should never be seen; when it is, the money is real and is credited, and a
 * person is told (reliability.md §5.2).
 */
const STEPS: Readonly<Record<ChallengeState, readonly ChallengeState[]>> = {
  open: ['expired', 'settled', 'canceled'],
  expired: ['settled', 'canceled'],
  canceled: ['settled'],
  settled: [],
}

/** States from which `to` may be entered: what stands in the `where` of the transition. */
export function statesBefore(to: ChallengeState): ChallengeState[] {
  return (Object.keys(STEPS) as ChallengeState[]).filter((from) => STEPS[from].includes(to))
}

/** Whether nothing can follow unless the backend contradicts itself; our clock never makes a row final. */
export function isFinal(state: ChallengeState): boolean {
  return state === 'settled' || state === 'canceled'
}

/** An invoice that its backend no longer knows counts as gone only this long after its end. */
export const MISSING_GRACE_SECONDS = 3600

/** What a sweep does with one row. `missing`: the node does not know it although it should. */
export type SweepStep = 'settle' | 'cancel' | 'expire' | 'note-missing' | 'found-again' | 'keep'

/** The facts of a row that decide a step. */
export interface SweptRow {
  readonly state: ChallengeState
  readonly expiresAt: Date
  /** When an earlier sweep heard "not found"; `null`: never, or found since. */
  readonly missingSinceAt: Date | null
}

/**
 * What follows from the node's answer (`null`: it does not know the hash) for a row that is not final. "Not found" ends
 * a row only when its end and an hour have passed and an earlier sweep, begun before this one, heard the same.
 * Source: reliability.md §5.4.
 */
export function sweepStep(row: SweptRow, answer: InvoiceUpdate | null, sweep: { startedAt: Date }): SweepStep {
  if (answer === null) return missingStep(row, sweep.startedAt)
  if (answer.state === 'settled') return 'settle'
  if (answer.state === 'canceled') return 'cancel'
  if (row.missingSinceAt !== null) return 'found-again'
  return row.state === 'open' && row.expiresAt <= sweep.startedAt ? 'expire' : 'keep'
}

function missingStep(row: SweptRow, startedAt: Date): SweepStep {
  const graceOver = row.expiresAt.getTime() + MISSING_GRACE_SECONDS * 1000 < startedAt.getTime()
  if (!graceOver) return row.state === 'open' && row.expiresAt <= startedAt ? 'expire' : 'keep'
  if (row.missingSinceAt === null) return 'note-missing'
  return row.missingSinceAt < startedAt ? 'cancel' : 'keep'
}
