/** The node's own list of payments is held against the payouts: whatever does not agree stops them until somebody has looked. */
import { encodeHex } from '#lib/l402/bytes.ts'
import type { LightningPayer, ListedPayment } from '#lib/lightning/payer.ts'
import { readMark, setMark } from '#lib/paywall/ledger/audit-store.ts'
import { insertStop, listByHashes } from './payout-store.ts'
import { bookLastWord, type ResolveDeps } from './resolve-payout.ts'

export interface AuditPayoutsDeps extends ResolveDeps {
  readonly payer: Pick<LightningPayer, 'trackPayment' | 'listPayments' | 'getId'>
}

/** What can be wrong; stands in the stop, and the money page has a sentence for it. */
type PayoutDifference = 'unexplained' | 'other-amount' | 'other-end'

const PAGE = 200

/**
 * From the first payment that was not final the last time. A payment that succeeded and was not booked yet is booked now.
 * Answers how many differences there were; with one or more, nothing is paid out any more.
 */
export async function auditPayouts(deps: AuditPayoutsDeps): Promise<number> {
  const { client } = deps.db
  const walk = `payments/${await deps.payer.getId()}`
  let found = 0
  let after = await readMark(client, walk)
  let isFinal = true
  for (;;) {
    const page = await deps.payer.listPayments({ after, limit: PAGE })
    const last = page.at(-1)
    if (last === undefined) return found
    found += await auditPage(deps, page)
    const open = page.findIndex(({ state }) => state.kind === 'in-flight')
    const place = open === -1 ? last.listCursor : page[open - 1]?.listCursor
    if (isFinal && found === 0 && place !== undefined) await setMark(client, { walk, place })
    isFinal &&= open === -1
    after = last.listCursor
  }
}

async function auditPage(deps: AuditPayoutsDeps, page: readonly ListedPayment[]): Promise<number> {
  const hashes = page.map(({ paymentHash }) => paymentHash)
  const known = await listByHashes(deps.db.client, hashes)
  const byHash = new Map(known.map((payout) => [encodeHex(payout.paymentHash ?? new Uint8Array()), payout]))
  let found = 0
  for (const payment of page) {
    const payout = byHash.get(encodeHex(payment.paymentHash))
    if (payout !== undefined && payment.state.kind !== 'in-flight' && isWithNode(payout.state))
      await bookLastWord(deps, payout, payment.state)
    const difference = judge(payment, payout)
    if (difference === null) continue
    found += 1
    await insertStop(deps.db.client, difference)
    deps.log.error('the node and the payouts do not agree; nothing is paid out any more', {
      reason: difference,
      ...(payout !== undefined && { creatorId: payout.creatorId, payoutId: payout.id }),
    })
  }
  return found
}

const isWithNode = (state: string) => state === 'dispatched' || state === 'unknown'

/** Before the booking above: a payout that is on its way is no difference. */
function judge(
  { state, amountMsat }: ListedPayment,
  payout: { state: string; amountMsat: bigint; feeMsat: bigint | null } | undefined,
): PayoutDifference | null {
  if (state.kind !== 'succeeded') return payout?.state === 'succeeded' && state.kind === 'failed' ? 'other-end' : null
  if (payout === undefined) return 'unexplained'
  if (payout.amountMsat !== amountMsat) return 'other-amount'
  if (payout.state === 'failed' || payout.state === 'canceled') return 'other-end'
  return payout.state === 'succeeded' && payout.feeMsat !== state.feeMsat ? 'other-amount' : null
}
