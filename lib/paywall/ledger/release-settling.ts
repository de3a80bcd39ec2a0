/** When the hold of a sale is over its money moves from settling to available, once. */
import type { Clock } from '#lib/clock.ts'
import type { Db, Tx } from '#lib/db.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import { msat } from '#lib/money.ts'
import { claimHeldSettlements, markReleased } from '#lib/paywall/settlements/settlement-store.ts'
import { appendEntries } from './ledger-store.ts'
import { businessKey, releasePostings } from './posting.ts'

export interface ReleaseDeps {
  readonly db: Db
  readonly clock: Clock
  /** A payment can still be lost by the node for a while after it says settled (reliability.md §3.1). */
  readonly holdSeconds: number
}

/** Sales in one transaction; its row locks are held for some milliseconds. */
const BATCH_SALES = 200

/** Releases all that are due; answers how many sales. Two workers at once take different sales. */
export async function releaseSettling(deps: ReleaseDeps, signal: AbortSignal): Promise<number> {
  const now = deps.clock.now()
  const due = { settledBefore: new Date(now.getTime() - deps.holdSeconds * 1000), limit: BATCH_SALES }
  let total = 0
  let count = BATCH_SALES
  while (count === BATCH_SALES && !signal.aborted) {
    count = await deps.db.inTransaction((tx) => releaseBatch(tx, due, now))
    total += count
  }
  return total
}

async function releaseBatch(tx: Tx, due: { settledBefore: Date; limit: number }, at: Date): Promise<number> {
  const sales = await claimHeldSettlements(tx, due)
  const entries = sales.map(({ creatorId, paymentHash, netMsat }) => ({
    creatorId,
    kind: 'release' as const,
    businessKey: businessKey('release', encodeHex(paymentHash)),
    postings: releasePostings(msat(netMsat)),
  }))
  await appendEntries(
    tx,
    // A sale that was fee alone has nothing to release.
    entries.filter(({ postings }) => postings.length > 0),
  )
  await markReleased(tx, { paymentHashes: sales.map((sale) => sale.paymentHash), at })
  return sales.length
}
