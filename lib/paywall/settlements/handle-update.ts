/** Whatever a backend says of invoices ends here: settled ones are credited, and money that nobody expected is kept and reported. */
import type { Clock } from '#lib/clock.ts'
import { Fault } from '#lib/errors.ts'
import { type BackendId, type InvoiceUpdate, MEMO_MARK } from '#lib/lightning/backend.ts'
import { moveChallenge } from '#lib/paywall/challenges/sweep-store.ts'
import { type SettleDeps, type SettleOutcome, settleInvoices } from './settle-invoice.ts'
import { insertStray, type Payment, type SettlementSource } from './settlement-store.ts'

export interface UpdateDeps extends SettleDeps {
  readonly clock: Clock
}

/** `ignored`: the update tells nothing that matters here. */
export type UpdateOutcome = SettleOutcome | 'canceled' | 'ignored'

/** Which backend says it, and how we came to ask. */
export interface UpdateOrigin {
  readonly backendId: BackendId
  readonly source: SettlementSource
}

/**
 * Handles updates together; doing it twice, late or concurrently changes nothing. Throws `database.unavailable`, after
 * which the same updates must be handled again. One that cannot be booked holds up none of the others: each is then
 * tried alone, and the first failure is thrown at the end.
 */
export async function handleUpdates(
  deps: UpdateDeps,
  updates: readonly InvoiceUpdate[],
  origin: UpdateOrigin,
): Promise<UpdateOutcome[]> {
  const outcomes = new Map<InvoiceUpdate, UpdateOutcome>()
  const paid: { update: InvoiceUpdate; payment: Payment }[] = []
  for (const update of updates) {
    const payment = toPayment(deps, update, origin)
    if (payment !== null) paid.push({ update, payment })
    else outcomes.set(update, await cancelChallenge(deps, update, origin))
  }
  const settled = await settleTogetherOrAlone(
    deps,
    paid.map(({ payment }) => payment),
  )
  for (const [n, { update, payment }] of paid.entries()) {
    const outcome = settled[n] ?? 'ignored'
    if (outcome === 'foreign' && isOurs(update)) await keepStray(deps, payment)
    outcomes.set(update, outcome)
  }
  return updates.map((update) => outcomes.get(update) ?? 'ignored')
}

/** As `handleUpdates`, for one. */
export async function handleUpdate(
  deps: UpdateDeps,
  update: InvoiceUpdate,
  origin: UpdateOrigin,
): Promise<UpdateOutcome> {
  const [outcome] = await handleUpdates(deps, [update], origin)
  return outcome ?? 'ignored'
}

/** Whether the invoice carries our mark, so that a shared node's other invoices are none of our business. */
export function isOurs(update: Pick<InvoiceUpdate, 'memo'>): boolean {
  return update.memo.startsWith(MEMO_MARK)
}

async function settleTogetherOrAlone(deps: UpdateDeps, payments: readonly Payment[]): Promise<SettleOutcome[]> {
  try {
    return await settleInvoices(deps, payments)
  } catch (cause) {
    if (payments.length < 2 || cause instanceof Fault) throw cause
  }
  const alone = await Promise.allSettled(payments.map((payment) => settleInvoices(deps, [payment])))
  return alone.flatMap((result) => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  })
}

/** The payment in an update; `null`: nothing was paid. */
function toPayment(deps: UpdateDeps, update: InvoiceUpdate, origin: UpdateOrigin): Payment | null {
  if (update.state !== 'settled' || update.receivedMsat === 0n) return null
  return {
    paymentHash: update.paymentHash,
    receivedMsat: update.receivedMsat,
    settledAt: update.settledAt ?? deps.clock.now(),
    settleCursor: update.settleCursor,
    ...origin,
  }
}

async function cancelChallenge(
  deps: UpdateDeps,
  { state, paymentHash }: InvoiceUpdate,
  { backendId }: UpdateOrigin,
): Promise<UpdateOutcome> {
  if (state !== 'canceled') return 'ignored'
  return (await moveChallenge(deps.db.client, { paymentHash, backendId, to: 'canceled' })) ? 'canceled' : 'ignored'
}

async function keepStray(deps: UpdateDeps, payment: Payment): Promise<void> {
  const isNew = await insertStray(deps.db.client, payment)
  if (isNew) {
    deps.log.error(
      'money with our mark arrived for an invoice that no challenge knows; scripts/adopt-strays.ts tells what it is',
      {
        code: 'settlement.stray',
        reason: payment.source,
      },
    )
  }
}
