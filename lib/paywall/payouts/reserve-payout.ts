/** Sets the money of one approved payout aside, or says why not: balance, caps and number are judged under one lock. */
import type { Tx } from '#lib/db.ts'
import { appendEntries } from '#lib/paywall/ledger/ledger-store.ts'
import { businessKey, reservePostings } from '#lib/paywall/ledger/posting.ts'
import { type EndDeps, failUnsent } from './end-payout.ts'
import type { Problem } from './payout.ts'
import { lockReserving, type Payout, readUse, reserveRow } from './payout-store.ts'

export interface ReserveDeps extends EndDeps {
  /** Of one creator, and of all together, in any 24 hours. */
  readonly caps: { readonly creatorMsat: bigint; readonly allMsat: bigint }
}

const DAY_MS = 24 * 60 * 60 * 1000
const MOST_IN_FLIGHT = 2

/** `waits`: two of this creator's are under way, so this one is tried again later. */
export async function reservePayout(deps: ReserveDeps, payout: Payout): Promise<'reserved' | 'waits' | 'failed'> {
  const outcome = await deps.db.inTransaction((tx) => tryReserving(deps, tx, payout))
  if (outcome === 'reserved' || outcome === 'waits') return outcome
  await failUnsent(deps, payout, outcome)
  return 'failed'
}

async function tryReserving(deps: ReserveDeps, tx: Tx, payout: Payout): Promise<'reserved' | 'waits' | Problem> {
  await lockReserving(tx)
  const now = deps.clock.now()
  const { creatorId, amountMsat } = payout
  const use = await readUse(tx, { creatorId, since: new Date(now.getTime() - DAY_MS) })
  if (use.inFlight >= MOST_IN_FLIGHT) return 'waits'
  if (use.creatorMsat + amountMsat > deps.caps.creatorMsat) return 'creator_cap'
  if (use.allMsat + amountMsat > deps.caps.allMsat) return 'daily_cap'
  if (!(await reserveRow(tx, payout, now))) return 'balance'
  const entry = {
    creatorId,
    kind: 'payout' as const,
    businessKey: businessKey('payout', payout.id),
    postings: reservePostings(payout),
  }
  await appendEntries(tx, [entry])
  return 'reserved'
}
