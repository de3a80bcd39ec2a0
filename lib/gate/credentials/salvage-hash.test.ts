import { expect, test } from 'vitest'
import { sha256 } from '#lib/crypto.ts'
import { createHmac, encodeBase64, encodeBase64Url, encodeHex } from '#lib/l402/bytes.ts'
import { composeTokenId } from '#lib/l402/identifier.ts'
import { mintToken } from '#lib/l402/token.ts'
import { salvagePaymentHash } from './salvage-hash.ts'

const paymentHash = new Uint8Array(32).fill(0xab)
const macaroon = mintToken(
  { sha256, hmac: createHmac(sha256) },
  {
    rootKey: new Uint8Array(32),
    paymentHash,
    tokenId: composeTokenId(new Uint8Array([0, 0, 0, 1]), new Uint8Array(28).fill(0xff)),
    caveats: ['services=k3h-tides:0'],
  },
)
const found = (value: string, name = 'Authorization') =>
  salvagePaymentHash([
    ['Accept', '*/*'],
    [name, value],
  ])

test.each([
  ['without its preimage', `L402 ${encodeBase64(macaroon)}:`],
  ['with half a preimage', `L402 ${encodeBase64(macaroon)}:abcd`],
  ['cut in the middle', `L402 ${encodeBase64(macaroon).slice(0, 130)}`],
  ['in hex', `LSAT ${encodeHex(macaroon).slice(0, 200)}`],
  ['in base64url', `L402 ${encodeBase64Url(macaroon)}:x`],
])('a credential %s still names its payment', (_what, value) => {
  expect(found(value)).toEqual(paymentHash)
})

test.each([
  ['cut inside the identifier', `L402 ${encodeBase64(macaroon).slice(0, 100)}`],
  ['of somebody else', `L402 ${encodeBase64(new Uint8Array(200))}:`],
  ['that is none', 'Bearer abc'],
])('a credential %s names nothing', (_what, value) => {
  expect(found(value)).toBeNull()
})

test('other fields are not looked at', () => {
  expect(found(`L402 ${encodeBase64(macaroon)}:`, 'X-Forwarded-For')).toBeNull()
})
