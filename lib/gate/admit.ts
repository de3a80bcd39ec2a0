/** A judged request becomes something to carry: counted uses are claimed first, everything else is already decided. */
import { Fault } from '#lib/errors.ts'
import type { CountedLimit } from '#lib/l402/policy.ts'
import { refusalOf } from '#lib/l402/refusal.ts'
import type { VerifiedToken } from '#lib/l402/token.ts'
import type { CreatorSnapshot } from '#lib/paywall/resources/catalog.ts'
import { claimUse } from '#lib/paywall/tokens/use-counter-store.ts'
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
  const claims = await costsOf(deps, asked, admission.granted.limits)
  if (claims.length === 0) return carry(asked, admission, [])
  const outcome = await claimAll(deps, { asked, admission, claims })
  if (outcome.kind === 'exhausted') return exhaustedShortfall(admission.token, outcome.counter)
  const { remaining } = outcome
  return carry(asked, admission, remaining === null ? [] : [['L402-Uses-Remaining', String(remaining)]])
}

/** The used-up service is bought anew; the token's others are carried over. */
function exhaustedShortfall(token: VerifiedToken, counter: CountedLimit['kind']): Shortfall {
  const refusal = refusalOf(counter)
  return { kind: 'short', refusal, verified: [token], pending: null, replaces: null, isKeyUnknown: false }
}

type Claimed =
  | { readonly kind: 'claimed'; readonly remaining: bigint | null }
  | { readonly kind: 'exhausted'; readonly counter: CountedLimit['kind'] }

interface Claim {
  readonly limit: CountedLimit
  readonly cost: bigint
}

/** `HEAD`, a picture, and an article that the client has already cost nothing; a finite answer takes no seconds. */
async function costsOf(deps: GateDeps, asked: Asked, limits: readonly CountedLimit[]): Promise<Claim[]> {
  if (asked.request.method === 'HEAD' || asked.picture !== null) return []
  const { bytes, etag } = await deps.forms.get(asked, formOf(asked.request))
  if (isUnchanged(asked.request, etag)) return []
  const costs = { uses: 1n, bytes: BigInt(bytes.length), seconds: 0n, volume: 0n }
  return limits.map((limit) => ({ limit, cost: costs[limit.kind] }))
}

/** All counters or none: a transaction that meets an exhausted one takes back what it claimed before. */
async function claimAll(
  deps: GateDeps,
  input: { asked: Asked; admission: Admission; claims: readonly Claim[] },
): Promise<Claimed> {
  const { tokenId } = input.admission.token.identifier
  const { service } = input.admission.granted
  try {
    return await deps.db.inTransaction(async (tx): Promise<Claimed> => {
      let remaining: bigint | null = null
      for (const { limit, cost } of input.claims) {
        const claim = { creatorId: input.asked.creator.creatorId, tokenId, service, kind: limit.kind, cost }
        const claimed = await claimUse(tx, { ...claim, limit: BigInt(limit.limit) })
        if (claimed.kind === 'exhausted') throw new Exhausted(limit.kind)
        if (limit.kind === 'uses') remaining = claimed.remaining
      }
      return { kind: 'claimed', remaining }
    })
  } catch (cause) {
    if (cause instanceof Exhausted) return { kind: 'exhausted', counter: cause.counter }
    throw cause
  }
}

/** Only to leave the transaction so that it rolls back. */
class Exhausted extends Fault {
  readonly counter: CountedLimit['kind']

  constructor(counter: CountedLimit['kind']) {
    super('l402.exhausted', `no ${counter} left`)
    this.counter = counter
  }
}
