/** A credential that opened something is compared with what was sold: it is credited, or it is forged and denied. */
import { equalBytes } from '#lib/l402/bytes.ts'
import type { InvoiceUpdate, LightningBackend } from '#lib/lightning/backend.ts'
import { findChallengeByHash } from '#lib/paywall/challenges/challenge-store.ts'
import { raiseChangeNumber } from '#lib/paywall/creators/creator-store.ts'
import { insertDenials } from '#lib/paywall/tokens/deny-store.ts'
import { type DueSighting, type Finding, type Sighting, setFinding } from '#lib/paywall/usage/sighting-store.ts'
import { handleUpdate, isOurs, type UpdateDeps } from './handle-update.ts'
import { findSettlement } from './settlement-store.ts'

export interface CheckDeps extends UpdateDeps {
  readonly backend: Pick<LightningBackend, 'lookupInvoice' | 'getNodeKey'>
}

/** Facts of a sale that a genuine token repeats. */
interface Sold {
  readonly creatorId: string
  readonly tokenId: Uint8Array
  readonly services: readonly string[]
}

/**
 * Checks one sighting and writes down what was found. Runs beside the request, never in front of it: access rests on
 * the signature, this finds a stolen key or a preimage that leaked before payment. Throws when the node or Postgres
 * cannot be asked: the sighting stays due and nothing is denied for want of an answer. `null`: due as before, because
 * another node made the invoice.
 * Source: reliability.md §5.5.
 */
export async function checkSighting(deps: CheckDeps, sighting: DueSighting): Promise<Finding | null> {
  const finding = await judgeSighting(deps, sighting)
  if (finding === 'forged') await denyForged(deps, sighting)
  else if (finding !== null) await setFinding(deps.db.client, { ...sighting, finding, at: deps.clock.now() })
  return finding
}

async function judgeSighting(deps: CheckDeps, sighting: DueSighting): Promise<Finding | null> {
  const settlement = await findSettlement(deps.db.client, sighting.paymentHash)
  if (settlement !== null) return isAsSold(sighting, settlement) ? 'settled' : 'forged'
  const challenge = await findChallengeByHash(deps.db.client, sighting.paymentHash)
  if (challenge !== null && !isAsSold(sighting, challenge)) return 'forged'
  const answer = await deps.backend.lookupInvoice(sighting.paymentHash)
  if (answer?.state === 'settled' && (challenge !== null || isOurs(answer)))
    return creditSighting(deps, sighting, answer)
  // Nothing of ours at the node and no row: signed with our key, on a hash of the forger's own.
  if (challenge === null) return 'forged'
  // Only the node that made the invoice can say that it was not paid.
  if (!equalBytes(await deps.backend.getNodeKey(), challenge.nodeKey)) return null
  return sighting.finding === 'unpaid' ? 'forged' : 'unpaid'
}

/** Credits the payment behind a sighting; `stray`: no challenge knows it, as after a restored database. */
async function creditSighting(deps: CheckDeps, sighting: Sighting, answer: InvoiceUpdate): Promise<Finding> {
  const outcome = await handleUpdate(deps, answer, 'presented')
  if (outcome === 'foreign') return 'stray'
  const settlement = await findSettlement(deps.db.client, sighting.paymentHash)
  return settlement !== null && isAsSold(sighting, settlement) ? 'settled' : 'forged'
}

/** A holder may narrow what a token grants, so fewer services than sold are fine and others are not. */
function isAsSold(sighting: Sighting, sold: Sold): boolean {
  return (
    sighting.creatorId === sold.creatorId &&
    equalBytes(sighting.tokenId, sold.tokenId) &&
    sighting.services.every((service) => sold.services.includes(service))
  )
}

/** In every gateway within two seconds, by the change number. */
async function denyForged(deps: CheckDeps, sighting: DueSighting): Promise<void> {
  const at = deps.clock.now()
  await deps.db.inTransaction(async (tx) => {
    const changeNumber = await raiseChangeNumber(tx, sighting.creatorId)
    const denials = [{ kind: 'token' as const, subject: sighting.tokenId, service: '' }]
    await insertDenials(tx, { creatorId: sighting.creatorId, changeNumber, denials })
    await setFinding(tx, { ...sighting, finding: 'forged', at })
  })
  deps.log.error('a token was used that was never sold or never paid; it is denied. Rotate its key if there are more', {
    code: 'token.forged',
    creatorId: sighting.creatorId,
    reason: sighting.finding === 'unpaid' ? 'preimage known before payment' : 'not as sold',
  })
}
