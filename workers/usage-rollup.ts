/** Hours of usage that are over become days, in batches, so that a long period is a few rows to add up. */
import type { Clock } from '#lib/clock.ts'
import type { Db } from '#lib/db.ts'
import { inBatches } from '#lib/in-batches.ts'
import { rollUpHours } from '#lib/paywall/usage/usage-store.ts'

const HOUR_MS = 3_600_000
const BATCH_ROWS = 5_000

/** Leaves the running hour and the one before, to which gateways may still add; answers how many rows went. */
export async function rollUpUsage(deps: { db: Db; clock: Clock }, signal: AbortSignal): Promise<number> {
  const before = new Date(Math.floor(deps.clock.now().getTime() / HOUR_MS - 1) * HOUR_MS)
  return inBatches((limit) => rollUpHours(deps.db.client, { before, limit }), { limit: BATCH_ROWS, signal })
}
