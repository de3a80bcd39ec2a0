/**
 * The 66 bytes inside every token: version, payment hash, token id, of which the first four name the key.
 *
 *     0       2                                 34       38                            66
 *     +-------+---------------------------------+--------+-----------------------------+
 *     | 00 00 | payment hash, 32 bytes          | key id | 28 bytes, never twice       |
 *     +-------+---------------------------------+--------+-----------------------------+
 *                                               '---------- token id, 32 bytes --------'
 *
 * Public, and no secret: it says which payment opens the token and which key signed it, so that a gate finds the key in
 * memory and needs no row per token. The signature over these bytes is the macaroon's.
 */
import type { PaymentHash } from './preimage.ts'
import { type Refused, refused } from './refusal.ts'

declare const tokenIdBrand: unique symbol
declare const keyIdBrand: unique symbol
/** 32 bytes: key id, then 28 that no other token has. Names one token for ever. */
export type TokenId = Uint8Array & { readonly [tokenIdBrand]: true }
/** 4 bytes that name one ring key, and through it one creator. */
type KeyId = Uint8Array & { readonly [keyIdBrand]: true }

export interface Identifier {
  readonly paymentHash: PaymentHash
  readonly tokenId: TokenId
  /** The first four bytes of `tokenId`. */
  readonly keyId: KeyId
}

export const IDENTIFIER_BYTES = 66
export const TOKEN_ID_BYTES = 32
export const KEY_ID_BYTES = 4
// Places of the parts in the diagram above.
const HASH_AT = 2
const TOKEN_ID_AT = 34

/** Token id of a key: the key id and 28 bytes that are random or follow from what is. Throws `RangeError` on other lengths. */
export function composeTokenId(keyId: Uint8Array, random: Uint8Array): TokenId {
  assertLength(keyId, KEY_ID_BYTES, 'key id')
  assertLength(random, TOKEN_ID_BYTES - KEY_ID_BYTES, 'random part')
  const tokenId = new Uint8Array(TOKEN_ID_BYTES)
  tokenId.set(keyId)
  tokenId.set(random, KEY_ID_BYTES)
  return tokenId as TokenId
}

/** Brands 32 bytes as token id; throws `RangeError` on any other length. */
export function asTokenId(bytes: Uint8Array): TokenId {
  assertLength(bytes, TOKEN_ID_BYTES, 'token id')
  return bytes as TokenId
}

/** The 66 bytes for a payment hash and a token id. Throws `RangeError` on other lengths. Source: protocol.md §4. */
export function encodeIdentifier(input: { paymentHash: Uint8Array; tokenId: Uint8Array }): Uint8Array {
  assertLength(input.paymentHash, TOKEN_ID_AT - HASH_AT, 'payment hash')
  assertLength(input.tokenId, TOKEN_ID_BYTES, 'token id')
  const bytes = new Uint8Array(IDENTIFIER_BYTES)
  bytes.set(input.paymentHash, HASH_AT)
  bytes.set(input.tokenId, TOKEN_ID_AT)
  return bytes
}

/** Reads an identifier; refuses (`identifier`) any length but 66 and any version but 0. The parts are views into `bytes`. */
export function decodeIdentifier(bytes: Uint8Array): { kind: 'read'; identifier: Identifier } | Refused {
  if (bytes.length !== IDENTIFIER_BYTES || bytes[0] !== 0 || bytes[1] !== 0) return refused('identifier')
  return { kind: 'read', identifier: partsOf(bytes) }
}

/** The same identifier in 66 bytes of its own, so that keeping it does not keep a whole request alive. */
export function copyIdentifier(identifier: Identifier): Identifier {
  return partsOf(encodeIdentifier(identifier))
}

/** Cuts 66 bytes into views; whoever calls has looked at length and version. */
function partsOf(bytes: Uint8Array): Identifier {
  return {
    paymentHash: bytes.subarray(HASH_AT, TOKEN_ID_AT) as PaymentHash,
    tokenId: bytes.subarray(TOKEN_ID_AT) as TokenId,
    keyId: bytes.subarray(TOKEN_ID_AT, TOKEN_ID_AT + KEY_ID_BYTES) as KeyId,
  }
}

/** A wrong length can only come from our own code, never from a client: hence it throws. */
function assertLength(bytes: Uint8Array, length: number, what: string): void {
  if (bytes.length !== length) throw new RangeError(`${what}: expected ${length} bytes, got ${bytes.length}`)
}
