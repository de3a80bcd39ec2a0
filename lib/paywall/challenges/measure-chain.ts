/** How often a client has paid in a row for what it now asks again, since its proofs do not arrive whole (protocol.md §1.6, loop guard). */
import type { Clock } from '#lib/clock.ts'
import type { Db } from '#lib/db.ts'
import { asPaymentHash } from '#lib/l402/preimage.ts'
import type { Backends } from '#lib/lightning/backend.ts'
import { CHAIN_WINDOW_SECONDS } from './challenge.ts'
import { countChain, findChallengeByHash } from './challenge-store.ts'

export interface MeasureChainDeps {
  readonly db: Db
  readonly clock: Clock
  readonly backends: Backends
}

/** What a refused credential names: a payment hash, at whose resource. */
interface Named {
  readonly creatorId: string
  readonly resourceId: string
  readonly paymentHash: Uint8Array
}

/**
 * Purchases of this resource within the hour that a new one would replace, one behind the other. A client may be faster
 * than our books, and pay for ever while they follow: so of a challenge that they call open the node is asked. Throws
 * `LightningFault` when it does not answer: then no invoice could be made either.
 */
export async function measureChain(deps: MeasureChainDeps, named: Named): Promise<number> {
  const since = new Date(deps.clock.now().getTime() - CHAIN_WINDOW_SECONDS * 1000)
  const booked = await countChain(deps.db.client, { ...named, since })
  return booked > 0 ? booked : countUnbooked(deps, named, since)
}

async function countUnbooked(deps: MeasureChainDeps, named: Named, since: Date): Promise<number> {
  const challenge = await findChallengeByHash(deps.db.client, named.paymentHash)
  if (challenge === null || challenge.creatorId !== named.creatorId || challenge.resourceId !== named.resourceId)
    return 0
  if (challenge.createdAt <= since) return 0
  const backend = await deps.backends.find(challenge.backendId)
  const invoice = await backend?.lookupInvoice(asPaymentHash(named.paymentHash))
  return invoice?.state === 'settled' ? challenge.depth + 1 : 0
}
