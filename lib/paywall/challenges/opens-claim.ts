/** The one place where a claim secret is compared. */
import { equalInConstantTime } from '#lib/crypto.ts'
import { encodeUtf8 } from '#lib/l402/bytes.ts'
import type { PaymentHash } from '#lib/l402/preimage.ts'
import type { TokenContext } from '#lib/l402/token.ts'
import { claimMark, claimMarkIn } from './challenge-id.ts'

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

/** A challenge as somebody claims it. */
export interface Claimable {
  /** The id that is claimed, which an adopted row does not have. */
  readonly id: string
  readonly paymentHash: PaymentHash
  readonly claimHash: Uint8Array | null
}

/**
 * As `opensClaim`; and where the row does not know the claim hash, being adopted, the mark in the claimed id says whose it
 * is. That of a challenge without a claim secret agrees with none.
 */
export function opensChallenge(
  l402: Pick<TokenContext, 'sha256'>,
  { id, paymentHash, claimHash }: Claimable,
  secret: Uint8Array | null,
): boolean {
  if (claimHash !== null) return opensClaim(l402, claimHash, secret)
  const mark = claimMarkIn(id)
  if (mark === null || secret === null) return false
  const shownHash = l402.sha256(secret)
  const shown = claimMark(l402.sha256, { paymentHash, claimHash: shownHash })
  return equalInConstantTime(encodeUtf8(shown), encodeUtf8(mark)) && opensClaim(l402, shownHash, secret)
}
