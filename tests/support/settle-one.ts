/** One payment, settled by itself. */
import { type SettleDeps, type SettleOutcome, settleInvoices } from '#lib/paywall/settlements/settle-invoice.ts'
import type { Payment } from '#lib/paywall/settlements/settlement-store.ts'

export async function settleOne(deps: SettleDeps, payment: Payment): Promise<SettleOutcome> {
  const [outcome] = await settleInvoices(deps, [payment])
  if (outcome === undefined) throw new RangeError('no outcome')
  return outcome
}
