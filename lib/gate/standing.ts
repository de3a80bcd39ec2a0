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

/** `false`: withdrawn or blocked, or its time is over. Memory only. What is free stands; a pause of its sale ends no answer. */
export function isStanding(
  { catalog, clock, l402 }: StandingDeps,
  { creator, grant }: Pick<Admitted, 'creator' | 'grant'>,
  { host, address }: Pick<GateRequest, 'host' | 'address'>,
): boolean {
  // A creator that nobody asked for in a while may have been read anew, with lists of its own.
  const { denied, blocked } = catalog.peek(host) ?? creator
  if (blocked.hasNetworks && blocked.holdsAddress(address)) return false
  if (grant === null) return true
  const { token, granted } = grant
  const { tokenId, keyId } = token.identifier
  if (blocked.hasTokens && blocked.holdsToken(markOf(l402.sha256, tokenId))) return false
  if (denied.hasToken(tokenId) || denied.hasService(tokenId, granted.service) || denied.hasKey(keyId)) return false
  return granted.validUntil === null || clock.now().getTime() < granted.validUntil * 1000
}
