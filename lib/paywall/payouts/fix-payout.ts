/** Gives a reserved payout its one invoice; from then on there is no other. */
import { sha256 } from '#lib/crypto.ts'
import { recoverPayee } from '#lib/l402/bolt11-payee.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import type { LightningPayer } from '#lib/lightning/payer.ts'
import type { Log } from '#lib/log.ts'
import { ASKING_MS, type AskAddressDeps, askAddress } from './ask-address.ts'
import { type AddressDestination, type Destination, readDestination } from './destination.ts'
import { type EndDeps, failUnsent } from './end-payout.ts'
import type { Problem } from './payout.ts'
import { claimResolving, fixInvoice, type Payout } from './payout-store.ts'
import type { KillPoint } from './resolve-payout.ts'

export interface FixDeps extends EndDeps, AskAddressDeps {
  readonly log: Log
  readonly payer: Pick<LightningPayer, 'getId'>
  readonly killPoint: (name: KillPoint) => void
}

/** A process that asked and has said nothing for this long has died, or has lost: its answer is of no use any more. */
const LOST_MS = 2 * ASKING_MS

/** Fixes it, or ends it; neither when somebody else is at it. */
export async function fixPayout(deps: FixDeps, payout: Payout): Promise<void> {
  const read = readDestination(payout.destination, { now: deps.clock.now(), network: deps.network })
  if (read.kind === 'refused') await failUnsent(deps, payout, 'expired')
  else if (read.kind === 'invoice') await fix(deps, payout, read)
  else await resolve(deps, payout, read)
}

/**
 * Asks an address once. That it is asked is committed first; when the one who asked dies, the payout ends and all of it comes
 * back, because an invoice that was made meanwhile is nobody's to send. A late answer finds that it has ended.
 */
async function resolve(deps: FixDeps, payout: Payout, address: AddressDestination): Promise<void> {
  const { creatorId, id, amountMsat, resolvingAt } = payout
  const now = deps.clock.now()
  if (resolvingAt !== null) {
    if (now.getTime() - resolvingAt.getTime() > LOST_MS) await failUnsent(deps, payout, 'address_silent')
    return
  }
  if (!(await claimResolving(deps.db.client, payout, now))) return
  deps.killPoint('payout.resolving')
  const answer = await askAddress(deps, { creatorId, address, amountMsat, now })
  deps.killPoint('payout.resolved')
  if (answer.kind === 'invoice') return await fix(deps, payout, answer)
  deps.log.warn('an address gave no invoice for a payout', { creatorId, payoutId: id, reason: answer.why })
  await failUnsent(deps, payout, answer.problem)
}

async function fix(deps: FixDeps, payout: Payout, read: Extract<Destination, { kind: 'invoice' }>): Promise<void> {
  const problem = await findProblem(deps, read)
  if (problem !== null) return void (await failUnsent(deps, payout, problem))
  const { paymentHash } = read.invoice
  const outcome = await deps.db.inTransaction((tx) => fixInvoice(tx, payout, { invoice: read.text, paymentHash }))
  if (outcome === 'used') await failUnsent(deps, payout, 'used')
  deps.killPoint('payout.fixed')
}

async function findProblem(
  { payer }: FixDeps,
  { invoice }: Extract<Destination, { kind: 'invoice' }>,
): Promise<Problem | null> {
  const payee = recoverPayee(sha256, invoice)
  if (payee === null) return 'unresolved'
  return `lnd:${encodeHex(payee)}` === (await payer.getId()) ? 'own_node' : null
}
