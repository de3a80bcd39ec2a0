/** Whether what let a request in would let it in now: asked again and again while its answer is under way (protocol.md §6.1). */
import type { TokenContext } from '#lib/l402/token.ts'
import { markOf } from '#lib/paywall/blocks/block.ts'
import type { Catalog } from '#lib/paywall/resources/catalog.ts'
import type { GateRequest } from './request.ts'
import type { Admitted } from './target.ts'

export interface StandingDeps {
  readonly l402: Pick<TokenContext, 'sha256'>
  readonly catalog: Pick<Catalog, 'peek'>
  readonly clock: { now(): Date }
}

type Granted = Pick<Admitted, 'creator' | 'grant'>
type From = Pick<GateRequest, 'host' | 'address'>

/** `false`: withdrawn or blocked, or its time is over. Memory only. What is free stands; a pause of its sale ends no answer. */
export function isStanding(deps: StandingDeps, admitted: Granted, from: From): boolean {
  if (isWithdrawn(deps, admitted, from)) return false
  const validUntil = admitted.grant?.granted.validUntil ?? null
  return validUntil === null || deps.clock.now().getTime() < validUntil * 1000
}

/** Whether its token was revoked or who asks was blocked meanwhile: what has an end of its own may outlast its time, but not that. */
export function isWithdrawn(
  { catalog, l402 }: Pick<StandingDeps, 'catalog' | 'l402'>,
  { creator, grant }: Granted,
  { host, address }: From,
): boolean {
  // A creator that nobody asked for in a while may have been read anew, with lists of its own.
  const { denied, blocked } = catalog.peek(host) ?? creator
  if (blocked.hasNetworks && blocked.holdsAddress(address)) return true
  if (grant === null) return false
  const { token, granted } = grant
  const { tokenId, keyId } = token.identifier
  if (blocked.hasTokens && blocked.holdsToken(markOf(l402.sha256, tokenId))) return true
  return denied.hasToken(tokenId) || denied.hasService(tokenId, granted.service) || denied.hasKey(keyId)
}
