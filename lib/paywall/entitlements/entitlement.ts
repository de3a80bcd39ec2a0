/** What a purchase gives, apart from money: a receipt in place of the payment's proof, and counted uses. */
import { concatBytes, encodeUtf8, equalBytes } from '#lib/l402/bytes.ts'
import type { Identifier, TokenId } from '#lib/l402/identifier.ts'
import type { CountedKind } from '#lib/l402/policy.ts'
import { asPaymentHash, asPreimage, type PaymentHash, type Preimage } from '#lib/l402/preimage.ts'
import type { TokenContext } from '#lib/l402/token.ts'

const RECEIPT_LABEL = encodeUtf8('satstile/l402/receipt/v1\0')

/**
 * The secret of a receipt and its hash: only the ring key (32 bytes) makes it, so nothing has to be stored to hand out
 * the same receipt again. Source: protocol.md §4, §10.3.
 */
export function deriveReceipt(
  l402: TokenContext,
  ringKey: Uint8Array,
  tokenId: TokenId,
): { preimage: Preimage; paymentHash: PaymentHash } {
  const preimage = asPreimage(l402.hmac(ringKey, concatBytes(RECEIPT_LABEL, tokenId)))
  return { preimage, paymentHash: asPaymentHash(l402.sha256(preimage)) }
}

/** Whether a token is a receipt: bound to the secret that only its ring key makes of its token id. */
export function isReceipt(l402: TokenContext, ringKey: Uint8Array, { tokenId, paymentHash }: Identifier): boolean {
  return equalBytes(deriveReceipt(l402, ringKey, tokenId).paymentHash, paymentHash)
}

/** One counter of a token's service, and what a request would take of it. */
export interface Use {
  readonly kind: CountedKind
  /** Of a volume. */
  readonly unit?: string
  readonly cost: bigint
  /** The last value of the caveat: what was used and the cost together must not exceed it. */
  readonly limit: bigint
  /**
   * `whole` when left out: the cost or nothing, kept when the result begins. `reserved`: the same, kept as far as it is used
   * when the answer has ended. `drawn`: as much of the cost as there is, and more while the answer leaves.
   */
  readonly taking?: 'whole' | 'reserved' | 'drawn'
}

/** Under which it is counted. */
export function counterOf({ kind, unit }: Pick<Use, 'kind' | 'unit'>): string {
  return unit === undefined ? kind : `${kind}_${unit}`
}

/** How many of a counter's steps are one unit of its caveat: time and volumes are counted in thousandths, so nothing is rounded. */
export const STEPS_OF: Readonly<Record<CountedKind, bigint>> = { uses: 1n, bytes: 1n, seconds: 1_000n, volume: 1_000n }

/** `remaining`: what is left of `uses`; `null` when the token does not count them. */
export type ClaimedUses =
  | { readonly kind: 'claimed'; readonly remaining: bigint | null }
  | { readonly kind: 'exhausted'; readonly counter: CountedKind }

/** One order for all requests, so that two of one token never wait for each other's counters. */
export function inLockOrder(uses: readonly Use[]): Use[] {
  return uses.toSorted((a, b) => (a.kind < b.kind ? -1 : Number(a.kind > b.kind)))
}
