/** The payment hash in a credential that did not arrive whole, so that its holder is not made to pay again and again. */

import type { HeaderField } from '#lib/gate/request.ts'
import { decodeBase64, decodeHex, equalBytes } from '#lib/l402/bytes.ts'
import { CREDENTIAL_FIELDS } from '#lib/l402/credential.ts'
import { decodeIdentifier, IDENTIFIER_BYTES } from '#lib/l402/identifier.ts'

/** A browser sends a cookie whole or not at all, so there is nothing to salvage in one. */
const SALVAGED_FIELDS: ReadonlySet<string> = new Set(CREDENTIAL_FIELDS.filter((name) => name !== 'cookie'))

/** How each of our macaroons begins (protocol.md §3.1): version, location `satstile`, and the head of a 66-byte field. */
const HEAD = Uint8Array.of(2, 1, 8, ...Buffer.from('satstile'), 2, IDENTIFIER_BYTES)
const HEAD_BASE64 = /AgEIc2F0c3RpbGUC[A-Za-z0-9+/_-]{92}/
const HEAD_HEX = /0201087361747374696c6502[0-9a-f]{134}/i

/**
 * Reads the identifier at the front of a macaroon text, whatever became of the rest: a proxy that cuts long fields, a
 * client that loses the preimage. `null`: no field has that front. Proves nothing; whether the hash was ever paid here
 * is for the books to say. Source: protocol.md §1.6.
 */
export function salvagePaymentHash(headers: readonly HeaderField[]): Uint8Array | null {
  for (const [name, value] of headers) {
    if (!SALVAGED_FIELDS.has(name.toLowerCase())) continue
    const bytes = decodeFront(value)
    if (bytes === null || !equalBytes(bytes.subarray(0, HEAD.length), HEAD)) continue
    const read = decodeIdentifier(bytes.subarray(HEAD.length, HEAD.length + IDENTIFIER_BYTES))
    if (read.kind === 'read') return read.identifier.paymentHash
  }
  return null
}

function decodeFront(value: string): Uint8Array | null {
  const base64 = HEAD_BASE64.exec(value)?.[0]
  if (base64 !== undefined) return decodeBase64(base64.replaceAll('-', '+').replaceAll('_', '/'))
  const hex = HEAD_HEX.exec(value)?.[0]
  return hex === undefined ? null : decodeHex(hex)
}
