/** Sends a payout once: that it is sent is committed before the node is told, and who committed it is the only one to tell. */
import { LightningFault } from '#lib/lightning/backend.ts'
import type { LightningPayer } from '#lib/lightning/payer.ts'
import { describeCause } from '#lib/log.ts'
import { dispatchRow, type Payout, setUnknown } from './payout-store.ts'
import { bookLastWord, type ResolveDeps } from './resolve-payout.ts'

export interface SendDeps extends ResolveDeps {
  readonly payer: Pick<LightningPayer, 'trackPayment' | 'payInvoice'>
}

/** For how long the node looks for routes. */
const TIMEOUT_SECONDS = 60

/** Answers when the node has spoken its last word, or when nothing is known and the node will be asked. */
export async function sendPayout(deps: SendDeps, payout: Payout): Promise<void> {
  const { invoice, feeCapMsat } = payout
  if (invoice === null || !(await dispatchRow(deps.db.client, payout, deps.clock.now()))) return
  deps.killPoint('payout.before-send')
  try {
    const onTaken = () => deps.killPoint('payout.taken')
    const word = await deps.payer.payInvoice({ invoice, feeCapMsat, timeoutSeconds: TIMEOUT_SECONDS, onTaken })
    await bookLastWord(deps, payout, word)
  } catch (cause) {
    if (!(cause instanceof LightningFault)) throw cause
    const about = { creatorId: payout.creatorId, payoutId: payout.id, cause: describeCause(cause) }
    deps.log.warn('what became of a payout is not known', about)
    await setUnknown(deps.db.client, payout, deps.clock.now())
  }
}
