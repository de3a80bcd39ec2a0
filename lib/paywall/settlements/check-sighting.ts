/** A credential that opened something is compared with what was sold: it is credited, or it is forged and denied. */
import { equalBytes } from '#lib/l402/bytes.ts'
import type { Backends, LightningBackend } from '#lib/lightning/backend.ts'
import { isAdopted } from '#lib/paywall/challenges/challenge-id.ts'
import { findChallengeByHash } from '#lib/paywall/challenges/challenge-store.ts'
import { raiseChangeNumber } from '#lib/paywall/creators/creator-store.ts'
import { findSale } from '#lib/paywall/entitlements/entitlement-store.ts'
import { insertDenials } from '#lib/paywall/tokens/deny-store.ts'
import { type DueSighting, type Finding, type Sighting, setFinding } from '#lib/paywall/usage/sighting-store.ts'
import { handleUpdate, isOurs, type UpdateDeps } from './handle-update.ts'
import { listAskable } from './list-askable.ts'
import { findSettlement } from './settlement-store.ts'

export interface CheckDeps extends UpdateDeps {
  readonly backends: Backends
}

/** Facts of a sale that a genuine token repeats. */
interface Sold {
  readonly creatorId: string
  readonly tokenId: Uint8Array
  readonly services: readonly string[]
}

/**
 * Checks one sighting and writes down what was found. Runs apart from the request, never in front of it: access rests on
 * the signature, this finds a stolen key or a preimage that leaked before payment. Throws when a backend or
 * Postgres cannot be asked: the sighting stays due and nothing is denied for want of an answer. `null`: due as before,
 * because a backend that is none of ours made the invoice.
 * Source: reliability.md §5.5.
 */
export async function checkSighting(deps: CheckDeps, sighting: DueSighting): Promise<Finding | null> {
  const finding = await judgeSighting(deps, sighting)
  if (finding === 'forged') await denyForged(deps, sighting)
  else if (finding !== null) await setFinding(deps.db.client, { ...sighting, finding, at: deps.clock.now() })
  return finding
}

async function judgeSighting(deps: CheckDeps, sighting: DueSighting): Promise<Finding | null> {
  const sale = await findSale(deps.db.client, sighting.paymentHash)
  if (sale !== null) return judgeSale(sighting, sale)
  const challenge = await findChallengeByHash(deps.db.client, sighting.paymentHash)
  if (challenge !== null && !isAdopted(challenge.id) && !isAsSold(sighting, challenge)) return 'forged'
  const askable = await listAskable(deps.backends, challenge)
  for (const backend of askable) {
    const finding = await creditAt(deps, backend, { sighting, isSold: challenge !== null })
    if (finding !== null) return finding
  }
  // Nothing of ours at any backend and no row: signed with our key, on a hash of the forger's own.
  if (challenge === null) return 'forged'
  // Only the backend that made the invoice can say that it was not paid.
  if (askable.length === 0) return null
  return sighting.finding === 'unpaid' ? 'forged' : 'unpaid'
}

/**
 * An adopted sale was paid, and what else its token carried is lost: one of its creator that says more than the row is
 * none that may be denied. A holder of the stolen key who also paid is not told apart.
 */
function judgeSale(sighting: Sighting, sale: Sold & { readonly challengeId: string }): Finding {
  if (isAsSold(sighting, sale)) return 'settled'
  return isAdopted(sale.challengeId) && sighting.creatorId === sale.creatorId ? 'stray' : 'forged'
}

/**
 * Credits the payment behind a sighting if this backend has it; `null`: it has not. `stray`: no challenge knows it, as
 * after a restored database.
 */
async function creditAt(
  deps: CheckDeps,
  backend: LightningBackend,
  { sighting, isSold }: { sighting: Sighting; isSold: boolean },
): Promise<Finding | null> {
  const answer = await backend.lookupInvoice(sighting.paymentHash)
  if (answer?.state !== 'settled' || !(isSold || isOurs(answer))) return null
  const outcome = await handleUpdate(deps, answer, { backendId: await backend.getId(), source: 'presented' })
  if (outcome === 'foreign') return 'stray'
  const settlement = await findSettlement(deps.db.client, sighting.paymentHash)
  return settlement === null ? 'forged' : judgeSale(sighting, settlement)
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
