/**
 * One credential's text to bytes, and bytes to the two texts that we write ourselves.
 *
 * Where a credential stood is behind us here: what is left is `M` or `M1,M2`, and perhaps a preimage. Both are exact or
 * refused as `text`, which tells a client that its credential was not even looked at.
 */
import { decodeAnyBase64, decodeHex, encodeBase64, encodeBase64Url, encodeHex } from './bytes.ts'
import { MACAROONS_PER_CREDENTIAL } from './macaroon.ts'
import { parsePreimage } from './preimage.ts'
import { type Refused, refused } from './refusal.ts'
import type { Credential } from './token.ts'

/** The header field that a credential came from. */
export type Via =
  | 'cookie'
  | 'authorization'
  | 'macaroon'
  | 'grpc-metadata-macaroon'
  | 'token'
  | 'grpc-metadata-token'
  | 'x-payment'

export interface Candidate extends Credential {
  readonly kind: 'candidate'
  readonly via: Via
}

export interface UnreadableCredential extends Refused {
  readonly via: Via
}

/** §2.2: counted without scheme words, list and preimage together. */
const TEXT_CHARACTERS = 12_288

/** The texts of one credential, as far as they have been read. */
export interface CredentialText {
  readonly macaroons: string[]
  preimage: string | null
  length: number
}

/** The refusal of a text; where it came from is kept for the answer. */
export function unreadable(via: Via): UnreadableCredential {
  return { ...refused('text'), via }
}

/** The only form that is ours beyond doubt without a scheme word. */
const BARE_CREDENTIAL = /^([A-Za-z0-9+/_-]+={0,2}):([0-9a-fA-F]{64})$/

/** A whole value of the form `M:P`; `null` for any other, which belongs to somebody else's protocol. */
export function readBareCredential(via: Via, value: string): Candidate | UnreadableCredential | null {
  const parts = BARE_CREDENTIAL.exec(value)
  return parts === null
    ? null
    : readParts(via, { macaroons: [parts[1] as string], preimage: parts[2] as string, length: value.length })
}

/** Texts to bytes: `text` when a macaroon or the preimage is not one of the accepted spellings, or a limit is passed. */
export function readParts(via: Via, parts: CredentialText): Candidate | UnreadableCredential {
  if (parts.length > TEXT_CHARACTERS || parts.macaroons.length > MACAROONS_PER_CREDENTIAL) return unreadable(via)
  const macaroons: Uint8Array[] = []
  for (const text of parts.macaroons) {
    const bytes = decodeMacaroonText(text)
    if (bytes === null) return unreadable(via)
    macaroons.push(bytes)
  }
  // `M:` is `M` of a client that has not paid yet; any other text that is no preimage spoils the credential.
  const written = parts.preimage ?? ''
  const preimage = parsePreimage(written)
  if (preimage === null && written !== '') return unreadable(via)
  return { kind: 'candidate', via, macaroons, preimage }
}

// 02 is the version byte; as base64 the same text would begin with another byte and be refused anyway.
const MACAROON_HEX = /^02[0-9a-fA-F]*$/

/**
 * Bytes of a macaroon text: hex when it consists of hex digits and begins `02`, else base64 in either alphabet, padding
 * complete or absent. `null` for anything else and for nothing. Source: protocol.md §2.2.
 */
export function decodeMacaroonText(text: string): Uint8Array | null {
  if (text === '') return null
  return MACAROON_HEX.test(text) ? decodeHex(text) : decodeAnyBase64(text)
}

/** `M:P` as we write it: padded base64, colon, 64 lower-case hex digits. */
export function formatCredential(macaroon: Uint8Array, preimage: Uint8Array): string {
  return `${encodeBase64(macaroon)}:${encodeHex(preimage)}`
}

/** `<M>.<P>` for the cookie and the receipt link: URL-safe base64 without padding, dot, 64 hex digits. */
export function formatCookieValue(macaroon: Uint8Array, preimage: Uint8Array): string {
  return `${encodeBase64Url(macaroon)}.${encodeHex(preimage)}`
}
