/** What the node says of a payout becomes its end and its booking; whatever is no last word leaves it as it is. */

import { readInvoice } from '#lib/l402/bolt11.ts'
import type { LightningPayer, PaymentState } from '#lib/lightning/payer.ts'
import type { Log } from '#lib/log.ts'
import { appendEntries } from '#lib/paywall/ledger/ledger-store.ts'
import { businessKey, sentPostings } from '#lib/paywall/ledger/posting.ts'
import { type EndDeps, failSent } from './end-payout.ts'
import { noteAsked, type Payout, setUnknown, succeedRow } from './payout-store.ts'

export interface ResolveDeps extends EndDeps {
  readonly log: Log
  readonly payer: Pick<LightningPayer, 'trackPayment'>
  /** A test kills the process here; nothing elsewhere. */
  readonly killPoint: (name: KillPoint) => void
}

/** Places between two effects of a payout. */
export type KillPoint =
  | 'payout.reserved'
  | 'payout.resolving'
  | 'payout.resolved'
  | 'payout.fixed'
  | 'payout.before-send'
  | 'payout.taken'
  | 'payout.before-booking'
  | 'payout.booked'

type LastWord = Exclude<PaymentState, { kind: 'in-flight' }>

/** Books a last word, once however often it is told. */
export async function bookLastWord(deps: ResolveDeps, payout: Payout, word: LastWord): Promise<void> {
  deps.killPoint('payout.before-booking')
  await book(deps, payout, word)
  deps.killPoint('payout.booked')
}

async function book(deps: ResolveDeps, payout: Payout, word: LastWord): Promise<void> {
  if (word.kind === 'failed') {
    await failSent(deps, payout, word.reason === 'no_route' ? 'no_route' : 'refused')
    return
  }
  if (word.feeMsat > payout.feeCapMsat)
    deps.log.error('a payout cost more on its way than its cap', { creatorId: payout.creatorId, payoutId: payout.id })
  await deps.db.inTransaction(async (tx) => {
    const { creatorId, id } = payout
    if (!(await succeedRow(tx, payout, { at: deps.clock.now(), feeMsat: word.feeMsat, preimage: word.preimage })))
      return
    const postings = sentPostings(payout, word.feeMsat)
    const key = businessKey('payout-sent', id)
    await appendEntries(tx, [{ creatorId, kind: 'payout-sent', businessKey: key, postings }])
  })
}

/** Two look-ups this far apart must miss a payment before it counts as never sent. */
const MISSING_MS = 60_000

/**
 * Asks the node about a payout that it may have been told of. Throws `LightningFault` when there is no answer. One that
 * the node does not know has not failed: it may be on its way there. When its invoice has run out no node can be given it any
 * more, and only then, missed twice, does it count as never sent.
 */
export async function resolvePayout(deps: ResolveDeps, payout: Payout): Promise<void> {
  if (payout.paymentHash === null) return
  const state = await deps.payer.trackPayment(payout.paymentHash)
  if (state !== null && state.kind !== 'in-flight') return await bookLastWord(deps, payout, state)
  const at = deps.clock.now()
  await deps.db.inTransaction(async (tx) => {
    await noteAsked(tx, payout, { at, isMissing: state === null })
    await setUnknown(tx, payout, at)
  })
  if (state === null && wasNeverSent(payout, at)) await failSent(deps, payout, 'not_sent')
}

/** lnd refuses an invoice that has run out, also from a process that was stopped just before it sent. */
function wasNeverSent({ invoice, missingSinceAt }: Payout, now: Date): boolean {
  const end = invoice === null ? null : (readInvoice(invoice)?.expiresAt ?? null)
  if (end === null || missingSinceAt === null) return false
  return now.getTime() - missingSinceAt.getTime() >= MISSING_MS && now.getTime() - end.getTime() >= MISSING_MS
}
