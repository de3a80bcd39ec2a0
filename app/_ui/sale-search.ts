/** Turns what a buyer sent into a question about a sale, in the browser, so that no secret leaves it. */
import { sha256 } from '@noble/hashes/sha2.js'
import { readInvoice } from '#lib/l402/bolt11.ts'
import { decodeHex, encodeHex } from '#lib/l402/bytes.ts'
import { decodeMacaroonText } from '#lib/l402/credential-text.ts'
import { decodeIdentifier } from '#lib/l402/identifier.ts'
import { decodeMacaroons } from '#lib/l402/macaroon.ts'

/** Longer than the longest receipt (protocol.md §2.1); nothing beyond it is read. */
const MAX_CHARACTERS = 16_384
const SCHEME = /^(?:authorization:\s*)?(?:l402|lsat)\s+/i

/**
 * The question that stands for `pasted`: SHA-256 in hex of a payment proof, payment hash or token id, the eight digits that
 * lists show of a token id, or a challenge's id. `null`: it is none of what a buyer could have.
 */
export function readPasted(pasted: string): string | null {
  if (pasted.length > MAX_CHARACTERS) return null
  const text = pasted.trim()
  const digits = text.replaceAll(/\s/g, '').toLowerCase()
  if (/^[0-9a-f]{8}$/.test(digits)) return digits
  if (/^[0-9a-f]{64}$/.test(digits)) return hashOf(decodeHex(digits))
  if (/^chl_[0-9a-z]{1,40}$/.test(text)) return text
  const invoice = readInvoice(text.replace(/^lightning:/i, ''))
  if (invoice !== null) return hashOf(invoice.paymentHash)
  return readReceipt(text)
}

/** A credential in any spelling, a receipt's link or a macaroon alone; its proof is not even hashed. */
function readReceipt(text: string): string | null {
  const bare = text.replace(/^https?:\/\/\S*#/i, '').replace(SCHEME, '')
  const [macaroon = ''] = bare.split(/[:.,\s]/)
  const bytes = decodeMacaroonText(macaroon)
  if (bytes === null) return null
  const decoded = decodeMacaroons(bytes)
  const first = decoded.kind === 'read' ? decoded.macaroons[0] : undefined
  if (first === undefined) return null
  const read = decodeIdentifier(first.identifier)
  return read.kind === 'read' ? hashOf(read.identifier.tokenId) : null
}

function hashOf(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : encodeHex(sha256(bytes))
}
