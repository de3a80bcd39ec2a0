/** What is sold by amount is drawn in steps while an answer leaves: pure arithmetic over one counter. */
import type { CountedKind } from '#lib/l402/policy.ts'

/** What one answer holds of a counter: `held` is taken from it and not settled, `spent` of that has left with the answer. */
export interface Draw {
  readonly held: bigint
  readonly spent: bigint
}

/** Steps of a counter: small enough for a killed gateway to lose little, large enough to ask Postgres seldom. */
interface Pace {
  readonly first: bigint
  readonly most: bigint
  /** Smaller than this no step is cut to leave something for others. */
  readonly least: bigint
}

const ONCE: Pace = { first: 1n, most: 1n, least: 1n }
const PACES: Readonly<Record<CountedKind, Pace>> = {
  uses: ONCE,
  volume: ONCE,
  bytes: { first: 64n * 1024n, most: 1024n * 1024n, least: 16n * 1024n },
  // In thousandths: two seconds, then thirty at most, half of a lease.
  seconds: { first: 2_000n, most: 30_000n, least: 500n },
}

export function leastOf(kind: CountedKind): bigint {
  return PACES[kind].least
}

/** The first step. `known`: the whole amount, where it is known before. */
export function firstStep(kind: CountedKind, known: bigint | null = null): bigint {
  const { first, most } = PACES[kind]
  return known === null ? first : max(1n, min(known, most))
}

/** The step behind one of this size. */
export function nextStep(kind: CountedKind, before: bigint): bigint {
  const { first, most } = PACES[kind]
  return min(most, max(first, 2n * before))
}

/** What is held and has not left. */
export function restOf({ held, spent }: Draw): bigint {
  return held - spent
}

/** As much of `wanted` as is held leaves with the answer. */
export function spend(draw: Draw, wanted: bigint): { readonly draw: Draw; readonly granted: bigint } {
  const granted = min(wanted, restOf(draw))
  return { draw: { ...draw, spent: draw.spent + granted }, granted }
}

/** A further step was taken; what was spent of the earlier ones is settled with it. */
export function refill(draw: Draw, drawn: bigint): Draw {
  return { held: restOf(draw) + drawn, spent: 0n }
}

/** Whether the next step is to be taken now, so that the answer need not wait for it. */
export function isLow(draw: Draw, step: bigint): boolean {
  return 2n * restOf(draw) < step
}

/** What a reservation costs when its answer has ended: what was told, else all of it. `more`: beyond what was reserved. */
export function settleReserved(
  reserved: bigint,
  told: bigint | null,
): { readonly back: bigint; readonly more: bigint } {
  const charged = told ?? reserved
  return charged <= reserved ? { back: reserved - charged, more: 0n } : { back: 0n, more: charged - reserved }
}

const min = (a: bigint, b: bigint) => (a < b ? a : b)
const max = (a: bigint, b: bigint) => (a > b ? a : b)
