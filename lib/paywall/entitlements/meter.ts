/** The interface between an answer that is under way and what was bought for it, the same for every carrier. */
import type { CountedKind } from '#lib/l402/policy.ts'

/**
 * One admitted request draws on the amounts of its token. Ends with `settle` or `abandon`; whichever comes second changes
 * nothing. Where a token does not count something, it is granted without limit.
 */
export interface Meter {
  /**
   * How many of `wanted` bytes of the answer may leave now. Fewer than were asked for: no more are paid for, and the answer is
   * to be cut behind them. At once while what was drawn lasts. Rejects with `database.unavailable`: nothing may leave.
   */
  onBytes(wanted: number): number | Promise<number>
  /** The answer is open from now on. `end` is called in the moment in which no more time is paid for. */
  onSeconds(end: () => void): void
  /** What the creator's server says that the answer was, in thousandths of a unit; the last word counts. */
  onVolume(toldMilli: bigint): void
  /** The answer has left, or was cut: what it did not use goes back. Never rejects; what cannot be written now is tried again. */
  settle(): Promise<void>
  /** Nobody wants the rest, or it broke: as `settle`, and a volume of which nothing was told is charged as reserved. */
  abandon(): Promise<void>
  /** What ran out while the answer was under way; `null`: nothing. */
  ranOut(): CountedKind | null
}
