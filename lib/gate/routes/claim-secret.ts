/** The claim secret of one challenge, from wherever its holder keeps it: a header, a form, or a cookie of ours. */

import { readClaimSecret } from '#lib/gate/credentials/payment-record.ts'
import { claimCookieName, readCookies } from '#lib/gate/credentials/receipt-cookie.ts'
import { findHeader, type GateRequest } from '#lib/gate/request.ts'

/** 32 bytes; `null`: none was sent, or it is not 43 characters of base64url. */
export function findClaimSecret(
  request: GateRequest,
  challengeId: string,
  stated: string | null = null,
): Uint8Array | null {
  const cookie = readCookies(request).get(claimCookieName(request.secure, challengeId)) ?? null
  return readClaimSecret(stated ?? findHeader(request, 'l402-claim') ?? cookie)
}
