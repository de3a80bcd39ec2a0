/**
 * What opens what: a preimage opens exactly the payment hash that is its SHA-256.
 *
 * This is the whole idea of L402. The node that asks for a payment draws 32 random bytes, the preimage, and puts their
 * hash into the invoice. Whoever pays learns the preimage from the network, at the very moment the money arrives. A
 * token names the hash; shown together with the preimage it proves that its invoice was paid, without asking anybody.
 */
import { decodeHex, equalBytes, HASH_BYTES, type Sha256 } from './bytes.ts'

declare const paymentHashBrand: unique symbol
declare const preimageBrand: unique symbol
/** 32 bytes: SHA-256 of a preimage, public. */
export type PaymentHash = Uint8Array & { readonly [paymentHashBrand]: true }
/** 32 bytes: proof that an invoice was paid; never logged, never stored. */
export type Preimage = Uint8Array & { readonly [preimageBrand]: true }

// Anchored at both ends: text behind the preimage would be a second spelling of a credential.
const PREIMAGE_HEX = /^[0-9a-fA-F]{64}$/

/** Brands 32 bytes as payment hash; throws `RangeError` on any other length. */
export function asPaymentHash(bytes: Uint8Array): PaymentHash {
  assertHashLength(bytes, 'payment hash')
  return bytes as PaymentHash
}

/** Brands 32 bytes as preimage; throws `RangeError` on any other length. */
export function asPreimage(bytes: Uint8Array): Preimage {
  assertHashLength(bytes, 'preimage')
  return bytes as Preimage
}

function assertHashLength(bytes: Uint8Array, what: string): void {
  if (bytes.length !== HASH_BYTES) throw new RangeError(`${what}: expected 32 bytes, got ${bytes.length}`)
}

/** A preimage from exactly 64 hex digits of any letter case; `null` for all other text. Source: protocol.md §2.2. */
export function parsePreimage(text: string): Preimage | null {
  return PREIMAGE_HEX.test(text) ? (decodeHex(text) as Preimage) : null
}

/** Whether SHA-256 of `preimage` is `paymentHash`, compared in constant time. */
export function opens(sha256: Sha256, preimage: Preimage, paymentHash: PaymentHash): boolean {
  return equalBytes(sha256(preimage), paymentHash)
}
