/** Whether what let a request in would let it in now: asked again and again while its answer is under way (protocol.md §6.1). */
import type { Catalog } from '#lib/paywall/resources/catalog.ts'
import type { Admitted } from './target.ts'

export interface StandingDeps {
  readonly catalog: Pick<Catalog, 'peek'>
  readonly clock: { now(): Date }
}

/** `false`: withdrawn, or its time is over. Memory only. What is free stands; a pause of its sale ends no answer. */
export function isStanding(
  { catalog, clock }: StandingDeps,
  { creator, grant }: Pick<Admitted, 'creator' | 'grant'>,
  host: string,
): boolean {
  if (grant === null) return true
  const { token, granted } = grant
  const { tokenId, keyId } = token.identifier
  // A creator that nobody asked for in a while may have been read anew, with a list of its own.
  const { denied } = catalog.peek(host) ?? creator
  if (denied.hasToken(tokenId) || denied.hasService(tokenId, granted.service) || denied.hasKey(keyId)) return false
  return granted.validUntil === null || clock.now().getTime() < granted.validUntil * 1000
}
