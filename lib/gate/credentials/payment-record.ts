/** A token without its preimage: proof of asking, never of paying, unless our own record and a claim secret say so together. */
import type { GateDeps } from '#lib/gate/deps.ts'
import type { Ask, Asked } from '#lib/gate/kinds/kind.ts'
import { findHeader, type GateRequest } from '#lib/gate/request.ts'
import { decodeBase64Url, equalBytes } from '#lib/l402/bytes.ts'
import type { VerifiedToken } from '#lib/l402/token.ts'
import { opensClaim } from '#lib/paywall/challenges/opens-claim.ts'
import { findSale } from '#lib/paywall/entitlements/entitlement-store.ts'

/** `open`: not paid as far as we know, or not for this place. `settled`: paid. `proven`: paid, by who shows the claim secret. */
export type PaymentRecord = 'open' | 'settled' | 'proven'

/**
 * What our books say of an authentic bare token; with the claim secret of the same challenge in `L402-Claim` a paid one may
 * be let in (protocol.md §2.1 row 11). Throws `database.unavailable`.
 */
export async function readPaymentRecord(
  deps: Pick<GateDeps, 'db' | 'l402'>,
  { asked, ask }: { asked: Asked; ask: Ask },
  pending: VerifiedToken,
): Promise<PaymentRecord> {
  if (!pending.services.some(({ name }) => ask.services.includes(name))) return 'open'
  const { paymentHash, tokenId } = pending.identifier
  const sale = await findSale(deps.db.client, paymentHash)
  if (sale === null || sale.creatorId !== asked.creator.creatorId) return 'open'
  if (!equalBytes(sale.tokenId, tokenId)) return 'open'
  return opensClaim(deps.l402, sale.claimHash, statedClaimSecret(asked.request)) ? 'proven' : 'settled'
}

/** The secret that the header `L402-Claim` states; `null`: none, or none that can be read. */
export function statedClaimSecret(request: GateRequest): Uint8Array | null {
  return readClaimSecret(findHeader(request, 'l402-claim'))
}

/** 32 bytes from 43 characters of unpadded base64url; `null` for anything else. */
export function readClaimSecret(text: string | null): Uint8Array | null {
  const bytes = text?.length === 43 ? decodeBase64Url(text) : null
  return bytes?.length === 32 ? bytes : null
}
