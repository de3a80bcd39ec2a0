/** Unpaid challenges that the node itself has ended are deleted in batches; our clock alone never deletes one. */
import type { Clock } from '#lib/clock.ts'
import type { Db } from '#lib/db.ts'
import { inBatches } from '#lib/in-batches.ts'
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
  const due = [
    { state: 'canceled', before: new Date(now - deps.pruneAfterSeconds * 1000) },
    { state: 'settled', before: new Date(now - SETTLED_KEPT_MS) },
  ] as const
  let total = 0
  for (const ended of due) {
    const deleteSome = (limit: number) => deps.db.inTransaction((tx) => deleteEnded(tx, { ...ended, limit }))
    total += await inBatches(deleteSome, { limit: BATCH_ROWS, signal })
  }
  return total
}
