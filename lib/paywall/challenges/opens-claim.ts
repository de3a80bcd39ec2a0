/** The one place where a claim secret is compared. */
import { equalInConstantTime } from '#lib/crypto.ts'
import type { TokenContext } from '#lib/l402/token.ts'

const CLAIM_SECRET_BYTES = 32

/**
 * Whether `secret` is the 32 bytes whose SHA-256 the challenge keeps, in constant time. A challenge without a hash is
 * opened by nothing, and no secret (`null`) opens nothing.
 */
export function opensClaim(
  l402: Pick<TokenContext, 'sha256'>,
  claimHash: Uint8Array | null,
  secret: Uint8Array | null,
): boolean {
  if (claimHash === null || secret?.length !== CLAIM_SECRET_BYTES) return false
  return equalInConstantTime(l402.sha256(secret), claimHash)
}
