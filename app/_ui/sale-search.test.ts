/** Guarantees of the search field: whatever a buyer has is understood, and what opens an article never leaves the browser. */
import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { sha256 } from '#lib/crypto.ts'
import { createHmac, encodeBase64, encodeHex } from '#lib/l402/bytes.ts'
import { formatCookieValue, formatCredential } from '#lib/l402/credential-text.ts'
import { encodeIdentifier } from '#lib/l402/identifier.ts'
import { encodeMacaroon, mintMacaroon } from '#lib/l402/macaroon.ts'
import { readPasted } from './sale-search.ts'

const preimage = new Uint8Array(32).fill(7)
const paymentHash = sha256(preimage)
const tokenId = new Uint8Array(32).fill(9)
const identifier = encodeIdentifier({ paymentHash, tokenId })
const macaroon = encodeMacaroon(
  mintMacaroon(createHmac(sha256), {
    rootKey: new Uint8Array(32).fill(1),
    identifier,
    caveats: [],
  }),
)
const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const credential = formatCredential(macaroon, preimage)

it.each([
  ['a credential', credential],
  ['with its scheme', `L402 ${credential}`],
  ['a whole header of an old client', `Authorization: LSAT ${credential}`],
  ['a receipt link', `https://harbor.example/_l402/receipt#${formatCookieValue(macaroon, preimage)}`],
  ['a macaroon alone', encodeBase64(macaroon)],
  ['a macaroon in hex', encodeHex(macaroon)],
  ['the token id', encodeHex(tokenId)],
])('%s is asked for by the hash of its token id, among spaces too', (_name, pasted) => {
  expect(readPasted(`\n ${pasted} `)).toBe(hashOf(tokenId))
})

it('a payment proof becomes the payment hash, in either case and with spaces', () => {
  const digits = encodeHex(preimage)
  for (const pasted of [digits, digits.toUpperCase(), digits.replaceAll(/(.{8})/g, '$1 ')]) {
    expect(readPasted(pasted)).toBe(encodeHex(paymentHash))
  }
})

it('what lists show of a token and the id of a challenge are asked for as they are', () => {
  expect(readPasted('A0a1a2a3')).toBe('a0a1a2a3')
  expect(readPasted('chl_01kb5w6v3p')).toBe('chl_01kb5w6v3p')
})

it.each([
  ['nothing', ''],
  ['words', 'I paid and it does not open'],
  ['markup', '<script>alert(1)</script>'],
  ['half a proof', encodeHex(preimage).slice(0, 40)],
  ['a damaged receipt', `L402 ${credential.slice(20)}`],
  ['a spoiled invoice', 'lnbc2100n1qqqqqqqq'],
  ['a huge text', 'a0'.repeat(2_000_000)],
])('%s is nothing to ask for', (_name, pasted) => expect(readPasted(pasted)).toBeNull())
