/** Whatever the node says of an invoice ends here: a settled one is credited, and money that nobody expected is kept and reported. */
import type { Clock } from '#lib/clock.ts'
import type { Db } from '#lib/db.ts'
import { type InvoiceUpdate, MEMO_MARK } from '#lib/lightning/backend.ts'
import { moveChallenge } from '../challenges/sweep-store.ts'
import { type SettleDeps, type SettleOutcome, settleInvoice } from './settle-invoice.ts'
import { insertStray, type Payment, type SettlementSource } from './settlement-store.ts'

export interface UpdateDeps extends SettleDeps {
  readonly clock: Clock
}

/** `ignored`: the update tells nothing that matters here. */
export type UpdateOutcome = SettleOutcome | 'canceled' | 'ignored'

/**
 * Handles one update; doing it twice, late or beside itself changes nothing. Throws `database.unavailable`, after which
 * the same update must be handled again.
 */
export async function handleUpdate(
  deps: UpdateDeps,
  update: InvoiceUpdate,
  source: SettlementSource,
): Promise<UpdateOutcome> {
  if (update.state === 'canceled') return (await cancelChallenge(deps.db, update)) ? 'canceled' : 'ignored'
  const payment = toPayment(deps, update, source)
  if (payment === null) return 'ignored'
  const outcome = await settleInvoice(deps, payment)
  if (outcome === 'foreign' && isOurs(update)) await keepStray(deps, payment)
  return outcome
}

/** Whether the invoice carries our mark, so that a shared node's other invoices are none of our business. */
export function isOurs(update: Pick<InvoiceUpdate, 'memo'>): boolean {
  return update.memo.startsWith(MEMO_MARK)
}

/** The payment in an update; `null`: nothing was paid. */
function toPayment(deps: UpdateDeps, update: InvoiceUpdate, source: SettlementSource): Payment | null {
  if (update.state !== 'settled' || update.receivedMsat === 0n) return null
  return {
    paymentHash: update.paymentHash,
    receivedMsat: update.receivedMsat,
    settledAt: update.settledAt ?? deps.clock.now(),
    settleIndex: update.settleIndex,
    source,
  }
}

async function cancelChallenge(db: Db, update: InvoiceUpdate): Promise<boolean> {
  return moveChallenge(db.client, { paymentHash: update.paymentHash, to: 'canceled' })
}

async function keepStray(deps: UpdateDeps, payment: Payment): Promise<void> {
  const isNew = await insertStray(deps.db.client, payment)
  if (isNew) {
    deps.log.error('money with our mark arrived for an invoice that no challenge knows', {
      code: 'settlement.stray',
      reason: payment.source,
    })
  }
}
