/** Authentic tokens that a holder made as dear to judge as they can be: nobody has to pay for one. */
import { sha256 } from '#lib/crypto.ts'
import { encodeUtf8 } from '#lib/l402/bytes.ts'
import { appendThirdPartyCaveat } from '#lib/l402/discharge.ts'
import { composeTokenId, encodeIdentifier } from '#lib/l402/identifier.ts'
import { appendCaveat, encodeMacaroon, type Macaroon, mintMacaroon } from '#lib/l402/macaroon.ts'
import { asPreimage } from '#lib/l402/preimage.ts'
import type { FindRootKey } from '#lib/l402/token.ts'
import { ctx } from './l402.ts'

const rootKey = new Uint8Array(32).fill(6)
const preimage = asPreimage(new Uint8Array(32).fill(7))
const identifier = encodeIdentifier({
  paymentHash: sha256(preimage),
  tokenId: composeTokenId(Uint8Array.of(1, 2, 3, 4), new Uint8Array(28).fill(5)),
})
const plain = mintMacaroon(ctx.hmac, { rootKey, identifier, caveats: [encodeUtf8('services=k3h-tides:0')] })

/** The key of every token here. */
export const findRootKey: FindRootKey = () => ({ kind: 'found', rootKey })

/** `letter` makes tokens differ. */
function fatten(caveats: number, letter: string): Macaroon {
  let fat = plain
  for (let n = 0; n < caveats; n++) fat = appendCaveat(ctx.hmac, fat, encodeUtf8(`${letter}=`))
  return fat
}

function demandMuch(caveats: number, letter: string): Macaroon {
  let fat = plain
  for (let n = 0; n < caveats; n++) {
    const demand = { caveatRootKey: rootKey, caveatId: encodeUtf8(`${letter}${n}`), location: 'm' }
    fat = appendThirdPartyCaveat(ctx.hmac, fat, { ...demand, nonce: new Uint8Array(24).fill(n) })
  }
  return fat
}

const text = (macaroons: readonly Macaroon[], proof: string) =>
  `L402 ${macaroons.map((one) => Buffer.from(encodeMacaroon(one)).toString('base64')).join(',')}${proof}`
const PROOF = `:${Buffer.from(preimage).toString('hex')}`
const five = (letter: string) => [...'vwxyz'].map((other) => fatten(47, other + letter))
const fours = (proof: string) => [...'abcd'].map((letter) => text(five(letter), proof)).join(', ')

/** `Authorization` values of at most 16 KiB, by what is in them. */
export const FATTENED_VALUES: Readonly<Record<string, string>> = {
  'one token of 48 caveats, unpaid': text([fatten(47, 'a')], ''),
  'five tokens of 48 caveats, unpaid': text(five('a'), ''),
  'four times five tokens of 48 caveats, unpaid': fours(''),
  'four times five tokens of 48 caveats, paid': fours(PROOF),
  'one token of 28 third-party caveats': text([demandMuch(28, 'a')], ''),
  'three tokens of 28 third-party caveats': [...'abc'].map((letter) => text([demandMuch(28, letter)], '')).join(', '),
}
