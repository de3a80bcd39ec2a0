/** Unpaid challenges that the node itself has ended are deleted in batches; our clock alone never deletes one. */
import type { Clock } from '#lib/clock.ts'
import type { Db } from '#lib/db.ts'
import { CLAIM_DAYS } from './challenge.ts'
import { deleteEnded } from './sweep-store.ts'

const BATCH_ROWS = 1000
/** A settled challenge stays as long as its claim may be repeated, and a day more. */
const SETTLED_KEPT_MS = (CLAIM_DAYS + 1) * 24 * 3600 * 1000

export interface PruneDeps {
  readonly db: Db
  readonly clock: Clock
  /** How long a row stays after the node has ended its invoice. */
  readonly pruneAfterSeconds: number
}

/** Deletes all that may go, in short transactions; answers how many rows went. */
export async function pruneChallenges(deps: PruneDeps, signal: AbortSignal): Promise<number> {
  const now = deps.clock.now().getTime()
  const canceledBefore = new Date(now - deps.pruneAfterSeconds * 1000)
  const settledBefore = new Date(now - SETTLED_KEPT_MS)
  let total = 0
  let count = BATCH_ROWS
  while (count === BATCH_ROWS && !signal.aborted) {
    count = await deps.db.inTransaction((tx) => deleteEnded(tx, { canceledBefore, settledBefore, limit: BATCH_ROWS }))
    total += count
  }
  return total
}
