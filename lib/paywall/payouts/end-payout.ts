/** A payout ends without a payment: what was set aside for it comes back, in the transaction that says so. */
import type { Clock } from '#lib/clock.ts'
import type { Db, Tx } from '#lib/db.ts'
import { appendEntries } from '#lib/paywall/ledger/ledger-store.ts'
import { businessKey, returnedPostings } from '#lib/paywall/ledger/posting.ts'
import type { PayoutState, Problem } from './payout.ts'
import { endRow, type Payout } from './payout-store.ts'

export interface EndDeps {
  readonly db: Db
  readonly clock: Clock
}

const NOT_SENT: readonly PayoutState[] = ['requested', 'reserved', 'fixed']
const WITH_NOTHING_SET_ASIDE: readonly PayoutState[] = ['requested']

/**
 * Fails a payout of which the node was never told, in the state in which it was judged. `false`: it has gone on meanwhile,
 * and what another process found stands.
 */
export function failUnsent(deps: EndDeps, payout: Payout, problem: Problem): Promise<boolean> {
  const from = NOT_SENT.filter((state) => state === payout.state)
  return deps.db.inTransaction((tx) => end(deps, tx, { payout, to: 'failed', from, problem }))
}

/** Calls a payout off of which the node was never told. */
export function cancelPayout(deps: EndDeps, payout: Payout): Promise<boolean> {
  return deps.db.inTransaction((tx) => end(deps, tx, { payout, to: 'canceled', from: NOT_SENT, problem: null }))
}

/** Fails a payout by the node's own last word, and by nothing else. */
export function failSent(deps: EndDeps, payout: Payout, problem: Problem): Promise<boolean> {
  const from: readonly PayoutState[] = ['dispatched', 'unknown']
  return deps.db.inTransaction((tx) => end(deps, tx, { payout, to: 'failed', from, problem }))
}

interface End {
  readonly payout: Payout
  readonly to: 'failed' | 'canceled'
  readonly from: readonly PayoutState[]
  readonly problem: Problem | null
}

async function end(deps: EndDeps, tx: Tx, { payout, to, from, problem }: End): Promise<boolean> {
  const left = await endRow(tx, payout, { to, from, at: deps.clock.now(), problem })
  if (left === null) return false
  if (WITH_NOTHING_SET_ASIDE.includes(left)) return true
  await appendEntries(tx, [
    {
      creatorId: payout.creatorId,
      kind: 'payout-returned',
      businessKey: businessKey('payout-returned', payout.id),
      postings: returnedPostings(payout),
    },
  ])
  return true
}
