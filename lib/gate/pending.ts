/** A token without its preimage: proof of asking, never of paying, unless our own record and a claim secret say so together. */

import { decodeBase64Url, equalBytes } from '#lib/l402/bytes.ts'
import { judgeServices } from '#lib/l402/policy.ts'
import type { VerifiedToken } from '#lib/l402/token.ts'
import { opensClaim } from '#lib/paywall/challenges/opens-claim.ts'
import { findSale } from '#lib/paywall/entitlements/entitlement-store.ts'
import { type Asked, tokenRequest } from './asked.ts'
import type { GateDeps } from './deps.ts'
import type { Admission } from './judge.ts'
import { findHeader } from './request.ts'

/** `open`: not paid as far as we know, or not for this resource. `settled`: paid, but nothing here proves by whom. */
export type PendingState = { readonly kind: 'open' | 'settled' } | Admission

/**
 * What our record says of an authentic bare token. With the claim secret of the same challenge in `L402-Claim` a paid
 * one is let in (protocol.md §2.1 row 11). Throws `database.unavailable`.
 */
export async function judgePending(deps: GateDeps, asked: Asked, pending: VerifiedToken): Promise<PendingState> {
  const { service } = asked.resource
  if (!pending.services.some(({ name }) => name === service)) return { kind: 'open' }
  const { paymentHash, tokenId } = pending.identifier
  const sale = await findSale(deps.db.client, paymentHash)
  if (sale === null || sale.creatorId !== asked.creator.creatorId) return { kind: 'open' }
  if (!equalBytes(sale.tokenId, tokenId)) return { kind: 'open' }
  const secret = readClaimSecret(findHeader(asked.request, 'l402-claim'))
  if (!opensClaim(deps.l402, sale.claimHash, secret)) return { kind: 'settled' }
  return admitPending(deps, asked, pending)
}

function admitPending(deps: GateDeps, asked: Asked, token: VerifiedToken): PendingState {
  const { resource, creator } = asked
  const isDenied = (service: string) => creator.denied.hasService(token.identifier.tokenId, service)
  const granted = judgeServices(token, tokenRequest(deps, asked), { services: [resource.service], isDenied })
  return granted.kind === 'granted' ? { kind: 'admit', token, granted } : { kind: 'settled' }
}

/** 32 bytes from 43 characters of unpadded base64url; `null` for anything else. */
export function readClaimSecret(text: string | null): Uint8Array | null {
  const bytes = text?.length === 43 ? decodeBase64Url(text) : null
  return bytes?.length === 32 ? bytes : null
}
