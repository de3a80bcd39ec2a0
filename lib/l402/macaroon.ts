/**
 * Macaroon, version 2 binary: one strict byte form per macaroon, and the HMAC chain that signs it.
 *
 *     02                                version
 *     01 len location                   optional; ours is always `satstile`
 *     02 len identifier
 *     00
 *     [ 01 len location ] 02 len id [ 04 len verification id ] 00      for each caveat
 *     00
 *     06 20 signature, 32 bytes
 *
 * The signature is the last value of a chain: HMAC of the identifier under a key, then HMAC of each caveat under the
 * value before it. So anybody can append a caveat, knowing nothing but the macaroon, and nobody can take one off,
 * because the value before it is gone. That is all the magic: a token that its holder can narrow and hand on.
 *
 * The decoder is stricter than the format's other readers. A macaroon that it accepts is exactly what the encoder would
 * write, so bytes and meaning are one to one, and whatever is kept about a token can be kept about its bytes.
 */
import { encodeUtf8, equalBytes, HASH_BYTES, type Hmac } from './bytes.ts'
import { type Refused, refused } from './refusal.ts'

/** A caveat without `verificationId` is first-party: a condition for us. With it, somebody else has to discharge it. */
export interface MacaroonCaveat {
  readonly id: Uint8Array
  readonly verificationId: Uint8Array | null
  /** Where a discharge is to be had: a hint, not signed; third-party caveats only. */
  readonly location: Uint8Array | null
}

export interface Macaroon {
  /** Not signed, hence pinned to `satstile` for tokens and ignored on discharges. */
  readonly location: Uint8Array | null
  readonly identifier: Uint8Array
  readonly caveats: readonly MacaroonCaveat[]
  readonly signature: Uint8Array
}

/** protocol.md §3.2. All but the first are lengths in bytes of one field. */
const MACAROON_BYTES = 4_096
const MACAROON_CAVEATS = 48
export const MACAROONS_PER_CREDENTIAL = 5
const CAVEAT_ID_BYTES = 1_024
const LOCATION_BYTES = 256
const MACAROON_IDENTIFIER_BYTES = 512
const VERIFICATION_ID_BYTES = 72

/** Field types of the format; everything that is not one of these at its place is refused. */
const VERSION = 2
const END = 0
const LOCATION = 1
const IDENTIFIER = 2
const VERIFICATION_ID = 4
const SIGNATURE = 6

/** Where we stand in the bytes; `broken` is set at the first thing out of order and never taken back. */
interface Cursor {
  readonly bytes: Uint8Array
  at: number
  broken: boolean
}

/** Stands for a field that could not be read; the cursor is broken then and nobody looks at it. */
const NOTHING = new Uint8Array(0)

/**
 * Reads the macaroons that stand one after the other in `bytes`, at least one. Fields are views into `bytes`, so no
 * length that the bytes claim allocates anything. Refuses `version`, `structure` or, above five macaroons, `text`.
 * Source: protocol.md §3.1, §3.2.
 */
export function decodeMacaroons(bytes: Uint8Array): { kind: 'read'; macaroons: Macaroon[] } | Refused {
  if (bytes.length === 0) return refused('structure')
  const macaroons: Macaroon[] = []
  const cursor: Cursor = { bytes, at: 0, broken: false }
  while (cursor.at < bytes.length) {
    // Only the first byte of all can tell another format; behind a signature anything but 02 is garbage.
    if (bytes[cursor.at] !== VERSION) return refused(cursor.at === 0 ? 'version' : 'structure')
    if (macaroons.length === MACAROONS_PER_CREDENTIAL) return refused('text')
    const start = cursor.at
    const macaroon = readMacaroon(cursor)
    if (cursor.broken || cursor.at - start > MACAROON_BYTES) return refused('structure')
    macaroons.push(macaroon)
  }
  return { kind: 'read', macaroons }
}

/** Reads exactly one macaroon; refuses as `decodeMacaroons` does, and `structure` when a further one follows. */
export function decodeMacaroon(bytes: Uint8Array): { kind: 'read'; macaroon: Macaroon } | Refused {
  const decoded = decodeMacaroons(bytes)
  if (decoded.kind === 'refused') return decoded
  const [macaroon, more] = decoded.macaroons
  return macaroon === undefined || more !== undefined ? refused('structure') : { kind: 'read', macaroon }
}

/** Reads from the version byte to the signature. May hand out nonsense: whoever calls looks at `broken` first. */
function readMacaroon(cursor: Cursor): Macaroon {
  cursor.at += 1
  const location = readOptional(cursor, LOCATION, LOCATION_BYTES)
  const identifier = readField(cursor, IDENTIFIER, MACAROON_IDENTIFIER_BYTES)
  readEnd(cursor)
  const caveats: MacaroonCaveat[] = []
  while (!cursor.broken && cursor.bytes[cursor.at] !== END) {
    if (caveats.length === MACAROON_CAVEATS) cursor.broken = true
    caveats.push(readCaveat(cursor))
  }
  readEnd(cursor)
  const signature = readField(cursor, SIGNATURE, HASH_BYTES)
  if (signature.length !== HASH_BYTES) cursor.broken = true
  return { location, identifier, caveats, signature }
}

/** One caveat with its end. A location without a verification id would be text that nobody signs and nobody needs. */
function readCaveat(cursor: Cursor): MacaroonCaveat {
  const location = readOptional(cursor, LOCATION, LOCATION_BYTES)
  const id = readField(cursor, IDENTIFIER, CAVEAT_ID_BYTES)
  const verificationId = readOptional(cursor, VERIFICATION_ID, VERIFICATION_ID_BYTES)
  if (verificationId === null ? location !== null : verificationId.length !== VERIFICATION_ID_BYTES)
    cursor.broken = true
  readEnd(cursor)
  return { id, verificationId, location }
}

/** The zero byte that closes a section. */
function readEnd(cursor: Cursor): void {
  if (cursor.bytes[cursor.at] !== END) cursor.broken = true
  cursor.at += 1
}

/** A field that may be left out; the next byte tells. */
function readOptional(cursor: Cursor, type: number, maxBytes: number): Uint8Array | null {
  return cursor.bytes[cursor.at] === type ? readField(cursor, type, maxBytes) : null
}

/** One field: type, length as shortest LEB128 of at most two bytes, data. Never empty, never longer than `maxBytes`. */
function readField(cursor: Cursor, type: number, maxBytes: number): Uint8Array {
  const { bytes } = cursor
  if (cursor.broken || bytes[cursor.at] !== type) return breakOff(cursor)
  let length = bytes[cursor.at + 1] ?? 0
  let start = cursor.at + 2
  if (length > 0x7f) {
    const high = bytes[start++] ?? 0
    // A high byte of zero would be a longer spelling of a short length; its top bit would announce a third byte.
    if (high === 0 || high > 0x7f) return breakOff(cursor)
    length = (high << 7) | (length & 0x7f)
  }
  const end = start + length
  if (length === 0 || length > maxBytes || end > bytes.length) return breakOff(cursor)
  cursor.at = end
  return bytes.subarray(start, end)
}

/** Ends the reading: no later field can be right when this one is not. */
function breakOff(cursor: Cursor): Uint8Array {
  cursor.broken = true
  return NOTHING
}

/**
 * The one byte form of a macaroon. Throws `RangeError` on what the decoder would refuse: an empty or overlong field, a
 * location on a first-party caveat, too many caveats, more than 4,096 bytes.
 */
export function encodeMacaroon(macaroon: Macaroon): Uint8Array {
  assertEncodable(macaroon)
  const out = new Uint8Array(encodedLength(macaroon))
  let at = 0
  const put = (type: number, data: Uint8Array | null): void => {
    if (data !== null) at = writeField(out, at, type, data)
  }
  out[at++] = VERSION
  put(LOCATION, macaroon.location)
  put(IDENTIFIER, macaroon.identifier)
  out[at++] = END
  for (const caveat of macaroon.caveats) {
    put(LOCATION, caveat.location)
    put(IDENTIFIER, caveat.id)
    put(VERIFICATION_ID, caveat.verificationId)
    out[at++] = END
  }
  out[at++] = END
  put(SIGNATURE, macaroon.signature)
  return out
}

/** Writes type, shortest length and data; answers where the next field begins. */
function writeField(out: Uint8Array, start: number, type: number, data: Uint8Array): number {
  let at = start
  out[at++] = type
  if (data.length > 0x7f) {
    out[at++] = (data.length & 0x7f) | 0x80
    out[at++] = data.length >> 7
  } else {
    out[at++] = data.length
  }
  out.set(data, at)
  return at + data.length
}

/** What the decoder would refuse must never leave us: found here, it is a mistake of ours. */
function assertEncodable(macaroon: Macaroon): void {
  assertField(macaroon.identifier, MACAROON_IDENTIFIER_BYTES, 'identifier')
  if (macaroon.location !== null) assertField(macaroon.location, LOCATION_BYTES, 'location')
  if (macaroon.signature.length !== HASH_BYTES) throw new RangeError('macaroon: a signature has 32 bytes')
  if (macaroon.caveats.length > MACAROON_CAVEATS)
    throw new RangeError(`macaroon: more than ${MACAROON_CAVEATS} caveats`)
  for (const caveat of macaroon.caveats) assertCaveat(caveat)
  if (encodedLength(macaroon) > MACAROON_BYTES) throw new RangeError(`macaroon: longer than ${MACAROON_BYTES} bytes`)
}

/** The rules of one caveat, as `readCaveat` has them. */
function assertCaveat({ id, verificationId, location }: MacaroonCaveat): void {
  assertField(id, CAVEAT_ID_BYTES, 'caveat id')
  if (location !== null) assertField(location, LOCATION_BYTES, 'location of a caveat')
  if (verificationId === null ? location !== null : verificationId.length !== VERIFICATION_ID_BYTES) {
    throw new RangeError('macaroon: a third-party caveat has a verification id of 72 bytes, any other has no location')
  }
}

/** Present and within its limit. */
function assertField(data: Uint8Array, maxBytes: number, what: string): void {
  if (data.length < 1 || data.length > maxBytes) {
    throw new RangeError(`macaroon: ${what} of ${data.length} bytes, expected 1 to ${maxBytes}`)
  }
}

/** Bytes that `encodeMacaroon` will need. */
function encodedLength({ location, identifier, caveats }: Macaroon): number {
  let length = 1 + fieldLength(location) + fieldLength(identifier) + 2 + 2 + HASH_BYTES
  for (const caveat of caveats) {
    length += fieldLength(caveat.location) + fieldLength(caveat.id) + fieldLength(caveat.verificationId) + 1
  }
  return length
}

/** Type, length of one byte or two, data. */
function fieldLength(data: Uint8Array | null): number {
  return data === null ? 0 : data.length + (data.length > 0x7f ? 3 : 2)
}

const SATSTILE = encodeUtf8('satstile')

/** Whether the location is ours, byte for byte. It is not signed: pinning it leaves one byte form per token. */
export function hasOurLocation(macaroon: Macaroon): boolean {
  return macaroon.location !== null && equalBytes(macaroon.location, SATSTILE)
}

const KEY_DERIVATION = encodeUtf8('macaroons-key-generator')

/** The key that signs the identifier; libmacaroons derives it so and the L402 text forgets to say it. 32 bytes. */
export function deriveSigningKey(hmac: Hmac, rootKey: Uint8Array): Uint8Array {
  return hmac(KEY_DERIVATION, rootKey)
}

/** First value of the chain. Source: protocol.md §3.3. */
export function startChain(hmac: Hmac, rootKey: Uint8Array, identifier: Uint8Array): Uint8Array {
  return hmac(deriveSigningKey(hmac, rootKey), identifier)
}

/** Value of the chain after one more caveat. Source: protocol.md §3.3. */
export function continueChain(hmac: Hmac, signature: Uint8Array, caveat: MacaroonCaveat): Uint8Array {
  if (caveat.verificationId === null) return hmac(signature, caveat.id)
  return joinHashes(hmac, signature, [caveat.verificationId, caveat.id])
}

/** HMAC(key, HMAC(key, a) ‖ HMAC(key, b)): how libmacaroons signs two things at once. */
export function joinHashes(hmac: Hmac, key: Uint8Array, [a, b]: readonly [Uint8Array, Uint8Array]): Uint8Array {
  const both = new Uint8Array(2 * HASH_BYTES)
  both.set(hmac(key, a))
  both.set(hmac(key, b), HASH_BYTES)
  return hmac(key, both)
}

/** The signature that `rootKey` gives to identifier and caveats; the macaroon's own signature is not looked at. */
export function signatureOf(hmac: Hmac, rootKey: Uint8Array, macaroon: Macaroon): Uint8Array {
  let signature = startChain(hmac, rootKey, macaroon.identifier)
  for (const caveat of macaroon.caveats) signature = continueChain(hmac, signature, caveat)
  return signature
}

/** A new macaroon with first-party caveats and our location, unless another (or none) is asked for. */
export function mintMacaroon(
  hmac: Hmac,
  input: {
    rootKey: Uint8Array
    identifier: Uint8Array
    caveats: readonly Uint8Array[]
    location?: Uint8Array | null
  },
): Macaroon {
  const caveats = input.caveats.map((id) => ({ id, verificationId: null, location: null }))
  const unsigned = {
    location: input.location === undefined ? SATSTILE : input.location,
    identifier: input.identifier,
    caveats,
    signature: NOTHING,
  }
  return { ...unsigned, signature: signatureOf(hmac, input.rootKey, unsigned) }
}

/**
 * The macaroon with one more first-party caveat; needs no key, only narrows. Throws `RangeError` on an empty caveat, one
 * of more than 1,024 bytes, or a 49th. Source: protocol.md §8.1.
 */
export function appendCaveat(hmac: Hmac, macaroon: Macaroon, id: Uint8Array): Macaroon {
  return appendAnyCaveat(hmac, macaroon, { id, verificationId: null, location: null })
}

/** As `appendCaveat`, for a caveat of either kind. */
export function appendAnyCaveat(hmac: Hmac, macaroon: Macaroon, caveat: MacaroonCaveat): Macaroon {
  assertCaveat(caveat)
  if (macaroon.caveats.length >= MACAROON_CAVEATS)
    throw new RangeError(`macaroon: more than ${MACAROON_CAVEATS} caveats`)
  return {
    ...macaroon,
    caveats: [...macaroon.caveats, caveat],
    signature: continueChain(hmac, macaroon.signature, caveat),
  }
}
