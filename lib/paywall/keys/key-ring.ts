/** From ring key to root key: the one derivation behind every token, pure so that a property can hold it down. */
import { concatBytes, encodeUtf8, type Hmac } from '#lib/l402/bytes.ts'
import { IDENTIFIER_BYTES, KEY_ID_BYTES } from '#lib/l402/identifier.ts'

export const RING_KEY_BYTES = 32

/** `active` mints and verifies, `verifying` only verifies, `retired` neither. */
export type RingKeyState = 'active' | 'verifying' | 'retired'

/**
 * Root key of one token: HMAC-SHA256(ring key, identifier), 32 bytes. The identifier is public, the ring key is the
 * secret. Throws `RangeError` on other lengths. Source: protocol.md §4.
 */
export function deriveRootKey(hmac: Hmac, ringKey: Uint8Array, identifierBytes: Uint8Array): Uint8Array {
  assertLength(ringKey, RING_KEY_BYTES, 'ringKey')
  assertLength(identifierBytes, IDENTIFIER_BYTES, 'identifierBytes')
  return hmac(ringKey, identifierBytes)
}

/**
 * What a wrapped ring key is bound to: creator and key id. A row copied to another creator, or to another key id of the
 * same one, does not open. Source: protocol.md §4.
 */
export function wrappingContext(creatorId: string, keyId: Uint8Array): Uint8Array {
  assertLength(keyId, KEY_ID_BYTES, 'keyId')
  return concatBytes(encodeUtf8(`satstile/ring-key/v1\0${creatorId}\0`), keyId)
}

function assertLength(bytes: Uint8Array, length: number, name: string): void {
  if (bytes.length !== length) throw new RangeError(`${name}: expected ${length} bytes, got ${bytes.length}`)
}
