/** Gives a reserved payout its one invoice; from then on there is no other. */
import { readDestination } from './destination.ts'
import { type EndDeps, failUnsent } from './end-payout.ts'
import { fixInvoice, type Payout } from './payout-store.ts'

export interface FixDeps extends EndDeps {
  readonly network: string
}

/** The payout as it is now, or `null`: it has ended, or somebody was first. */
export async function fixPayout(deps: FixDeps, payout: Payout): Promise<Payout | null> {
  const read = readDestination(payout.destination, { now: deps.clock.now(), network: deps.network })
  if (read.kind === 'refused') return await giveUp(deps, payout, 'expired')
  const { text: invoice, invoice: terms } = read
  const { paymentHash } = terms
  const outcome = await deps.db.inTransaction((tx) => fixInvoice(tx, payout, { invoice, paymentHash }))
  if (outcome === 'used') return await giveUp(deps, payout, 'used')
  return outcome === 'fixed' ? { ...payout, state: 'fixed', invoice, paymentHash } : null
}

async function giveUp(deps: FixDeps, payout: Payout, problem: 'expired' | 'used'): Promise<null> {
  await failUnsent(deps, payout, problem)
  return null
}
