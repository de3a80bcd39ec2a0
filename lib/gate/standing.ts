/** Whether what let a request in would let it in now: asked again and again while its answer is under way (protocol.md §6.1). */
import type { Catalog } from '#lib/paywall/resources/catalog.ts'
import type { Admitted } from './target.ts'

export interface StandingDeps {
  readonly catalog: Pick<Catalog, 'peek'>
  readonly clock: { now(): Date }
}

type Granted = Pick<Admitted, 'creator' | 'grant'>

/** `false`: withdrawn, or its time is over. Memory only. What is free stands; a pause of its sale ends no answer. */
export function isStanding(deps: StandingDeps, admitted: Granted, host: string): boolean {
  if (isWithdrawn(deps, admitted, host)) return false
  const validUntil = admitted.grant?.granted.validUntil ?? null
  return validUntil === null || deps.clock.now().getTime() < validUntil * 1000
}

/** Whether its token was revoked meanwhile: what has an end of its own may outlast its time, but not that. */
export function isWithdrawn(
  { catalog }: Pick<StandingDeps, 'catalog'>,
  { creator, grant }: Granted,
  host: string,
): boolean {
  if (grant === null) return false
  const { token, granted } = grant
  const { tokenId, keyId } = token.identifier
  // A creator that nobody asked for in a while may have been read anew, with a list of its own.
  const { denied } = catalog.peek(host) ?? creator
  return denied.hasToken(tokenId) || denied.hasService(tokenId, granted.service) || denied.hasKey(keyId)
}
