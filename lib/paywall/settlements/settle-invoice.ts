/** The one place where money becomes the creator's: each payment hash is credited once, for what arrived. */

import type { Db, Tx } from '#lib/db.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import type { Log } from '#lib/log.ts'
import type { Notices } from '#lib/notices.ts'
import { appendEntry } from '../ledger/ledger-store.ts'
import { businessKey, salePostings, splitSale } from '../ledger/posting.ts'
import { appendEvent } from '../outbox-store.ts'
import {
  findSettlement,
  type InsertedSettlement,
  insertSettlement,
  type Payment,
  settleChallenge,
} from './settlement-store.ts'

export interface SettleDeps {
  readonly db: Db
  readonly log: Log
  readonly notices: Pick<Notices, 'publish'>
  /** What the platform keeps of a sale, parts per million. */
  readonly feePpm: number
}

/** `applied`: credited now. `replayed`: it was credited before. `foreign`: no challenge of ours has this hash. */
export type SettleOutcome = 'applied' | 'replayed' | 'foreign'

/**
 * Credits one paid invoice. Three sources call this with the same payment, in any order, at once and again: the node's
 * stream, the sweep, and the look-up after a credential was presented. The settlement's primary key lets one of them
 * through; settlement, entry, state and event commit together or not at all, so doing it again after a lost answer is
 * harmless. Terms are those of the row: a later price, or a resource that is gone, changes nothing.
 * Throws `database.unavailable`; nothing was credited then, or it was and the next call answers `replayed`.
 * Source: reliability.md §5.2.
 */
export async function settleInvoice(deps: SettleDeps, payment: Payment): Promise<SettleOutcome> {
  const settled = await deps.db.inTransaction((tx) => applyPayment(deps, tx, payment))
  if (settled === null) return reportKnown(deps, payment)
  // A hint for pages that wait; it may be lost, so they also ask by themselves, and nothing here waits for it.
  void deps.notices.publish('settled', `${settled.creatorId}/${settled.challengeId}`)
  return 'applied'
}

async function applyPayment(deps: SettleDeps, tx: Tx, payment: Payment): Promise<InsertedSettlement | null> {
  const parts = splitSale(payment.receivedMsat, deps.feePpm)
  const settled = await insertSettlement(tx, { ...payment, feeMsat: parts.feeMsat })
  if (settled === null) return null
  const before = await settleChallenge(tx, payment)
  if (before === 'canceled') {
    deps.log.error('the node settled an invoice that it had canceled; it was credited', {
      creatorId: settled.creatorId,
      challengeId: settled.challengeId,
    })
  }
  await appendEvent(tx, {
    creatorId: settled.creatorId,
    type: 'sale.settled',
    payload: {
      challengeId: settled.challengeId,
      resourceId: settled.resourceId,
      receivedMsat: payment.receivedMsat.toString(),
      channel: settled.channel,
    },
  })
  // Last, because from here to the commit it holds the creator's accounts, which every sale of theirs needs.
  await appendEntry(tx, {
    creatorId: settled.creatorId,
    kind: 'sale',
    businessKey: businessKey('sale', encodeHex(payment.paymentHash)),
    postings: salePostings(parts),
  })
  return settled
}

async function reportKnown(deps: SettleDeps, payment: Payment): Promise<'replayed' | 'foreign'> {
  const known = await findSettlement(deps.db.client, payment.paymentHash)
  if (known === null) return 'foreign'
  if (known.receivedMsat !== payment.receivedMsat) {
    deps.log.error('the node now names another amount for an invoice that was credited', {
      creatorId: known.creatorId,
      challengeId: known.challengeId,
      reason: payment.source,
    })
  }
  return 'replayed'
}
