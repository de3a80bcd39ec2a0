/** A judged request becomes something to carry: counted uses are claimed first, everything else is already decided. */
import type { CountedLimit } from '#lib/l402/policy.ts'
import { refusalOf } from '#lib/l402/refusal.ts'
import type { VerifiedToken } from '#lib/l402/token.ts'
import { claimUses } from '#lib/paywall/entitlements/claim-uses.ts'
import type { Use } from '#lib/paywall/entitlements/entitlement.ts'
import type { CreatorSnapshot } from '#lib/paywall/resources/catalog.ts'
import { type Asked, formOf } from './asked.ts'
import type { GateDeps } from './deps.ts'
import { isUnchanged } from './etag.ts'
import type { Admission, Shortfall } from './judge.ts'
import type { Carry, HeaderField } from './request.ts'

/**
 * What to carry, at once for a token without counters; a `Shortfall` when a counter has run out. The first sight of a
 * token is noted for the workers, beside the request. Throws `database.unavailable` for counted tokens only.
 */
export function admit(deps: GateDeps, asked: Asked, admission: Admission): Carry | Promise<Carry | Shortfall> {
  const { paymentHash, tokenId } = admission.token.identifier
  const { creatorId } = asked.creator
  deps.sightings.note({ paymentHash, tokenId, creatorId, services: admission.token.services.map(({ name }) => name) })
  if (admission.granted.limits.length === 0) return carry(asked, admission, [])
  return admitCounted(deps, asked, admission)
}

function carry(
  { request, creator, resource, picture }: Asked,
  admission: Admission,
  more: readonly HeaderField[],
): Carry {
  const { validUntil } = admission.granted
  const headers: HeaderField[] = [
    ['L402-Covers', coveredServices(creator, admission.token).join(',')],
    ...(validUntil === null ? [] : [['L402-Valid-Until', String(validUntil)] as const]),
    ...more,
  ]
  return { kind: 'carry', creator, resource, picture, form: formOf(request), access: 'paid', headers }
}

/** What the token opens at this creator, without what was withdrawn from it. */
export function coveredServices(creator: CreatorSnapshot, token: VerifiedToken): string[] {
  const { tokenId } = token.identifier
  return token.services.map(({ name }) => name).filter((service) => !creator.denied.hasService(tokenId, service))
}

/** The one write on the way to content. A store that does not answer is 503: what is metered is never given away. */
async function admitCounted(deps: GateDeps, asked: Asked, admission: Admission): Promise<Carry | Shortfall> {
  const { service, limits } = admission.granted
  const uses = await costsOf(deps, asked, limits)
  if (uses.length === 0) return carry(asked, admission, [])
  const { creatorId } = asked.creator
  const { tokenId } = admission.token.identifier
  const outcome = await claimUses(deps, { creatorId, tokenId, service, uses })
  if (outcome.kind === 'exhausted') return exhaustedShortfall(admission.token, outcome.counter)
  const { remaining } = outcome
  return carry(asked, admission, remaining === null ? [] : [['L402-Uses-Remaining', String(remaining)]])
}

/** The used-up service is bought anew; the token's others are carried over. */
function exhaustedShortfall(token: VerifiedToken, counter: CountedLimit['kind']): Shortfall {
  const refusal = refusalOf(counter)
  return { kind: 'short', refusal, verified: [token], pending: null, replaces: null, isKeyUnknown: false }
}

/** `HEAD`, a picture, and an article that the client has already cost nothing; a finite answer takes no seconds. */
async function costsOf(deps: GateDeps, asked: Asked, limits: readonly CountedLimit[]): Promise<Use[]> {
  if (asked.request.method === 'HEAD' || asked.picture !== null) return []
  const { bytes, etag } = await deps.forms.get(asked, formOf(asked.request))
  if (isUnchanged(asked.request, etag)) return []
  const costs = { uses: 1n, bytes: BigInt(bytes.length), seconds: 0n, volume: 0n }
  return limits.map(({ kind, limit }) => ({ kind, cost: costs[kind], limit: BigInt(limit) }))
}
