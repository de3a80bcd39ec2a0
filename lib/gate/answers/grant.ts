/** What a token gives, as the answer to its holder says it. */
import type { HeaderField } from '#lib/gate/request.ts'
import type { Grant } from '#lib/gate/target.ts'
import type { Granted } from '#lib/l402/policy.ts'
import type { VerifiedToken } from '#lib/l402/token.ts'
import type { CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'

/** What the token opens at this creator, without what was withdrawn from it. */
export function coveredServices(creator: CreatorSnapshot, token: VerifiedToken): string[] {
  const { tokenId } = token.identifier
  return token.services.map(({ name }) => name).filter((service) => !creator.denied.hasService(tokenId, service))
}

/** The same token at the same snapshot, with nothing withdrawn since, gives the same: a hot one is described once. */
const described = new WeakMap<Granted, { readonly creator: CreatorSnapshot; denials: number; readonly grant: Grant }>()

export function grantTo(creator: CreatorSnapshot, token: VerifiedToken, granted: Granted): Grant {
  const known = described.get(granted)
  const denials = creator.denied.size
  if (known?.creator === creator && known.denials === denials) return known.grant
  const { validUntil } = granted
  const headers: HeaderField[] = [
    ['L402-Covers', coveredServices(creator, token).join(',')],
    ...(validUntil === null ? [] : [['L402-Valid-Until', String(validUntil)] as const]),
  ]
  const grant = { token, granted, headers }
  described.set(granted, { creator, denials, grant })
  return grant
}

/** The same with what is left of its uses. */
export function withUsesLeft(grant: Grant, remaining: bigint | null): Grant {
  if (remaining === null) return grant
  return { ...grant, headers: [...grant.headers, ['L402-Uses-Remaining', String(remaining)]] }
}
