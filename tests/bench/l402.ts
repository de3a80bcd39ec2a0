/** Times of the token core beside the npm macaroon package in the same run: `npm run bench -- l402`. */
import { randomBytes } from 'node:crypto'
import * as npmMacaroon from 'macaroon'
import { sha256 } from '#lib/crypto.ts'
import { createHmac, encodeHex } from '#lib/l402/bytes.ts'
import { readCredentials } from '#lib/l402/credential.ts'
import { formatCredential } from '#lib/l402/credential-text.ts'
import { composeTokenId, encodeIdentifier } from '#lib/l402/identifier.ts'
import { judgeServices } from '#lib/l402/policy.ts'
import { asPreimage } from '#lib/l402/preimage.ts'
import { type FindRootKey, mintToken, verifyToken } from '#lib/l402/token.ts'
import { measure, printTable } from './measure-support.ts'

const ctx = { sha256, hmac: createHmac(sha256) }
const ringKey = randomBytes(32)
const preimage = asPreimage(new Uint8Array(randomBytes(32)))
const paymentHash = sha256(preimage)
const tokenId = composeTokenId(new Uint8Array([1, 2, 3, 4]), new Uint8Array(randomBytes(28)))
const identifier = encodeIdentifier({ paymentHash, tokenId })
const rootKey = ctx.hmac(ringKey, identifier)
const caveats = ['services=k3h-tides:0', 'k3h-tides_capabilities=read', 'k3h-tides_valid_until=1893456000']
const macaroon = mintToken(ctx, { rootKey, paymentHash, tokenId, caveats })
const credential = { macaroons: [macaroon], preimage }
const wrong = { macaroons: [macaroon], preimage: asPreimage(new Uint8Array(randomBytes(32))) }
const foundKey: FindRootKey = () => ({ kind: 'found', rootKey })
const derivedKey: FindRootKey = (_, bytes) => ({ kind: 'found', rootKey: ctx.hmac(ringKey, bytes) })
const headers = [['Authorization', `L402 ${formatCredential(macaroon, preimage)}`]] as const
const request = {
  now: new Date(1_800_000_000_000),
  method: 'GET',
  path: '/tides',
  tier: 0,
  capability: 'read',
  address: '203.0.113.7',
  origin: null,
}
const granting = { services: ['k3h-tides'], isDenied: () => false }
const npmCheck = (): null => null

/** The whole way of a paid request without its transport: header, verification, judgement. */
function judgeHeader(): string {
  const [candidate] = readCredentials(headers, { secureCookies: true, method: 'GET' })
  if (candidate?.kind !== 'candidate') return 'unreadable'
  const verdict = verifyToken(ctx, candidate, derivedKey)
  return verdict.kind === 'verified' ? judgeServices(verdict.token, request, granting).kind : verdict.refusal.detail
}

const checks = {
  ours: verifyToken(ctx, credential, derivedKey).kind,
  refusal: verifyToken(ctx, wrong, foundKey).kind,
  whole: judgeHeader(),
}
if (checks.ours !== 'verified' || checks.refusal !== 'refused' || checks.whole !== 'granted') {
  throw new TypeError(`the bench measures the wrong thing: ${JSON.stringify(checks)}`)
}

console.log(
  `3-caveat token of ${macaroon.length} bytes, Node ${process.version}, key id ${encodeHex(tokenId.subarray(0, 4))}`,
)
const rows = [
  measure('verify, root key given', () => verifyToken(ctx, credential, foundKey)),
  measure('verify, root key derived', () => verifyToken(ctx, credential, derivedKey)),
  measure('header to judgement', judgeHeader),
  measure('mint', () => mintToken(ctx, { rootKey, paymentHash, tokenId, caveats })),
  measure('refuse a wrong preimage', () => verifyToken(ctx, wrong, foundKey)),
  measure('npm macaroon: import and verify', () => npmMacaroon.importMacaroon(macaroon).verify(rootKey, npmCheck, [])),
]
printTable(rows)
const [ours, , , , , theirs] = rows
if (ours !== undefined && theirs !== undefined) {
  console.log(`npm macaroon / ours: ${(theirs.medianUs / ours.medianUs).toFixed(1)} times`)
}
