/** The one place where money becomes the creator's: each payment hash is credited once, for what arrived. */
import type { Db, Tx } from '#lib/db.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import type { Log } from '#lib/log.ts'
import type { Msat } from '#lib/money.ts'
import type { Notices } from '#lib/notices.ts'
import { appendEntries } from '#lib/paywall/ledger/ledger-store.ts'
import { businessKey, salePostings, splitSale } from '#lib/paywall/ledger/posting.ts'
import { appendEvents } from '#lib/paywall/outbox-store.ts'
import {
  type InsertedSettlement,
  insertSettlements,
  listSettlements,
  type Payment,
  settleChallenges,
} from './settlement-store.ts'

export interface SettleDeps {
  readonly db: Db
  readonly log: Log
  readonly notices: Pick<Notices, 'publish'>
  /** What the platform keeps of a sale, parts per million. */
  readonly feePpm: number
}

/** `applied`: credited now. `replayed`: it was credited before. `foreign`: no challenge has this hash at this backend. */
export type SettleOutcome = 'applied' | 'replayed' | 'foreign'

/**
 * Credits paid invoices, in one transaction however many they are; answers an outcome for each. Three sources call this
 * with the same payments, in any order, at once and again: the backend's stream, the sweep, and the look-up after a
 * credential was presented. The settlement's primary key lets one of them through; settlement, entry, state and event
 * commit together or not at all, so doing it again after a lost answer is harmless. Terms are those of the row: a later
 * price, or a resource that is gone, changes nothing.
 * Throws `database.unavailable`; nothing was credited then, or all was and the next call answers `replayed`.
 * Source: reliability.md §5.2.
 */
export async function settleInvoices(deps: SettleDeps, payments: readonly Payment[]): Promise<SettleOutcome[]> {
  if (payments.length === 0) return []
  const settled = await deps.db.inTransaction((tx) => applyPayments(deps, tx, payments))
  // The one place that tells the pages which wait, a moment after the commit. The hint may be lost, also when this process
  // is killed here, so they ask by themselves too, every two seconds, and nothing here waits for it.
  for (const { creatorId, challengeId } of settled) void deps.notices.publish('settled', `${creatorId}/${challengeId}`)
  return tellOutcomes(deps, payments, settled)
}

async function applyPayments(deps: SettleDeps, tx: Tx, payments: readonly Payment[]): Promise<InsertedSettlement[]> {
  const paid = new Map(payments.map((payment) => [encodeHex(payment.paymentHash), splitPayment(deps, payment)]))
  const settled = await insertSettlements(tx, [...paid.values()])
  if (settled.length === 0) return []
  for (const canceled of await settleChallenges(tx, settled))
    deps.log.error('the node settled an invoice that it had canceled; it was credited', canceled)
  const sales = settled.map((row) => ({ ...row, payment: paidFor(paid, row) }))
  await appendEvents(
    tx,
    sales.map(({ creatorId, challengeId, resourceId, channel, payment }) => ({
      creatorId,
      type: 'sale.settled',
      payload: { challengeId, resourceId, receivedMsat: payment.receivedMsat.toString(), channel },
    })),
  )
  // Last, because from here to the commit it holds the creators' accounts, which every sale of theirs needs.
  await appendEntries(
    tx,
    sales.map(({ creatorId, paymentHash, payment }) => ({
      creatorId,
      kind: 'sale',
      businessKey: businessKey('sale', encodeHex(paymentHash)),
      postings: salePostings(payment),
    })),
  )
  return settled
}

type SplitPayment = Payment & { netMsat: Msat; feeMsat: Msat }

function splitPayment(deps: SettleDeps, payment: Payment): SplitPayment {
  return { ...payment, ...splitSale(payment.receivedMsat, deps.feePpm) }
}

function paidFor(paid: ReadonlyMap<string, SplitPayment>, { paymentHash }: InsertedSettlement): SplitPayment {
  const payment = paid.get(encodeHex(paymentHash))
  if (payment === undefined) throw new RangeError('a settlement was inserted that nobody paid')
  return payment
}

/** A payment that is not among the settled ones was credited before, or is none of ours. */
async function tellOutcomes(
  deps: SettleDeps,
  payments: readonly Payment[],
  settled: readonly InsertedSettlement[],
): Promise<SettleOutcome[]> {
  const applied = new Set(settled.map(({ paymentHash }) => encodeHex(paymentHash)))
  if (applied.size === payments.length) return payments.map(() => 'applied')
  const hashes = payments.map(({ paymentHash }) => paymentHash)
  const known = await listSettlements(deps.db.client, hashes)
  const byHash = new Map(known.map((settlement) => [encodeHex(settlement.paymentHash), settlement]))
  return payments.map((payment) => {
    const hash = encodeHex(payment.paymentHash)
    const credited = byHash.get(hash)
    if (credited === undefined) return 'foreign'
    if (credited.receivedMsat !== payment.receivedMsat)
      deps.log.error('the node now names another amount for an invoice that was credited', {
        creatorId: credited.creatorId,
        challengeId: credited.challengeId,
        reason: payment.source,
      })
    // The same payment twice in one call is applied once.
    return applied.delete(hash) ? 'applied' : 'replayed'
  })
}
