/** Random changes to valid credentials; none of the changed ones may ever be accepted. */
import { concatBytes, encodeHex, encodeUtf8, equalBytes } from '#lib/l402/bytes.ts'
import { appendThirdPartyCaveat, bindDischarge, mintDischarge } from '#lib/l402/discharge.ts'
import { composeTokenId } from '#lib/l402/identifier.ts'
import { appendCaveat, decodeMacaroon, decodeMacaroons, encodeMacaroon, type Macaroon } from '#lib/l402/macaroon.ts'
import { asPreimage, type Preimage } from '#lib/l402/preimage.ts'
import { refused } from '#lib/l402/refusal.ts'
import { type Credential, type FindRootKey, mintToken, type TokenVerdict, verifyToken } from '#lib/l402/token.ts'
import { ctx } from './l402.ts'
import type { Random } from './seeded.ts'

/** A valid credential and the keys of the world it lives in. */
export interface Original {
  readonly bytes: Uint8Array
  /** `null`: it stands in a caveat. */
  readonly preimage: Preimage | null
  /** What opens its payment hash, wherever it stands. */
  readonly secret: Preimage
  readonly parts: readonly Macaroon[]
}

const KEY_ID = new Uint8Array([0xa0, 0xa1, 0xa2, 0xa3])
const RING_KEY = new Uint8Array(32).fill(7)
const findRootKey: FindRootKey = ({ keyId }, bytes) =>
  equalBytes(keyId, KEY_ID) ? { kind: 'found', rootKey: ctx.hmac(RING_KEY, bytes) } : refused('key')

/** Valid credentials of every shape, each with a payment of its own: 0 to 12 caveats, preimage inside, discharges. */
export function originals(random: Random): Original[] {
  const list = [0, 1, 2, 3, 5, 8, 12].flatMap((count) => [
    original(random, count, 'colon'),
    original(random, count, 'caveat'),
    original(random, count, 'discharge'),
  ])
  for (const one of list) {
    if (judge(one).kind === 'refused') throw new TypeError('an original is refused: the run would show nothing')
  }
  return list
}

const CAVEATS = [
  'k3h-tides_capabilities=read,download',
  'k3h-tides_valid_until=1893456000',
  'k3h-tides_method=GET,POST',
  'k3h-tides_path=/tides',
  'k3h-tides_address=203.0.113.0/24,2001:db8::/32',
  'k3h-tides_origin=https://blog.example',
  'k3h-tides_networks=5',
  'k3h-tides_rate=60/60',
  'k3h-tides_uses=10',
  'k3h-tides_bytes=100000',
  'k3h-tides_quality=480',
  'k3h-tides_variant=b',
]

function original(random: Random, count: number, form: 'colon' | 'caveat' | 'discharge'): Original {
  const preimage = asPreimage(random.bytes(32))
  const paymentHash = ctx.sha256(preimage)
  const tokenId = composeTokenId(KEY_ID, random.bytes(28))
  const identifier = concatBytes(new Uint8Array(2), paymentHash, tokenId)
  const caveats = ['services=k3h-tides:1,k3h-gulls:0', ...CAVEATS.slice(0, count)]
  const minted = mintToken(ctx, { rootKey: ctx.hmac(RING_KEY, identifier), paymentHash, tokenId, caveats })
  if (form === 'colon') return { bytes: minted, preimage, secret: preimage, parts: read(minted) }
  const token = read(minted)[0] as Macaroon
  if (form === 'caveat') {
    const bytes = encodeMacaroon(appendCaveat(ctx.hmac, token, encodeUtf8(`preimage=${encodeHex(preimage)}`)))
    return { bytes, preimage: null, secret: preimage, parts: read(bytes) }
  }
  const caveatRootKey = random.bytes(32)
  const caveatId = random.bytes(20)
  const demand = { caveatRootKey, nonce: random.bytes(24), caveatId, location: 'https://members.example' }
  const primary = appendThirdPartyCaveat(ctx.hmac, token, demand)
  const discharge = mintDischarge(ctx.hmac, {
    caveatRootKey,
    caveatId,
    caveats: [encodeUtf8('expiration=1893456000000')],
  })
  const bytes = concatBytes(encodeMacaroon(primary), encodeMacaroon(bindDischarge(ctx.hmac, primary, discharge)))
  return { bytes, preimage, secret: preimage, parts: read(bytes) }
}

function read(bytes: Uint8Array): readonly Macaroon[] {
  const decoded = decodeMacaroons(bytes)
  if (decoded.kind === 'refused') throw new TypeError('an original does not decode')
  return decoded.macaroons
}

function judge(credential: { bytes: Uint8Array; preimage: Preimage | null }): TokenVerdict {
  const presented: Credential = { macaroons: [credential.bytes], preimage: credential.preimage }
  return verifyToken(ctx, presented, findRootKey)
}

/** What a run found: `accepted` must stay 0; `unchanged` led back to an original and are not counted in `tried`. */
export interface MutationCount {
  tried: number
  accepted: number
  unchanged: number
  /** How many were refused for which detail: shows that the changes reach every step, the signature most of all. */
  readonly refusedAt: Record<string, number>
  /** The accepted bytes and preimage in hex, to be looked at. */
  readonly forgeries: string[]
}

/** Tries `count` mutations of random originals, one to three changes each. */
export function tryMutations(random: Random, valid: readonly Original[], count: number): MutationCount {
  const result: MutationCount = { tried: 0, accepted: 0, unchanged: 0, refusedAt: {}, forgeries: [] }
  while (result.tried < count) {
    const from = random.pick(valid)
    const mutant = mutate(random, from, valid)
    const verdict = judge(mutant)
    if (verdict.kind === 'refused') {
      // An original shown again is not refused, so whatever is refused was changed.
      result.tried += 1
      result.refusedAt[verdict.refusal.detail] = (result.refusedAt[verdict.refusal.detail] ?? 0) + 1
    } else if (valid.some((one) => isSameCredential(one, mutant))) {
      result.unchanged += 1
    } else {
      result.tried += 1
      result.accepted += 1
      result.forgeries.push(`${encodeHex(mutant.bytes)} ${mutant.preimage === null ? '-' : encodeHex(mutant.preimage)}`)
    }
  }
  return result
}

interface Mutant {
  bytes: Uint8Array
  preimage: Preimage | null
}

/**
 * Whether the mutant is an original again: same token, same preimage, and behind it macaroons of that original only,
 * since a token may stand by itself and by copies of itself (protocol.md §2.4). A location of a third-party caveat or a
 * discharge may differ: macaroons do not sign that hint, so it means and opens the same (§3.2).
 */
function isSameCredential(original: Original, mutant: Mutant): boolean {
  const decoded = decodeMacaroons(mutant.bytes)
  if (decoded.kind === 'refused' || !isSamePreimage(original, mutant)) return false
  const known = original.parts.map(signedContent)
  const shown = decoded.macaroons.map(signedContent)
  return shown[0] === known[0] && shown.every((one) => known.includes(one))
}

/** With a preimage caveat inside, the text after the colon may repeat it. */
function isSamePreimage(original: Original, mutant: Mutant): boolean {
  return mutant.preimage === null ? original.preimage === null : equalBytes(mutant.preimage, original.secret)
}

/** Everything of a macaroon that a signature covers, and the location of a token, which is pinned. */
function signedContent(macaroon: Macaroon): string {
  const caveats = macaroon.caveats.map(({ id, verificationId }) => [
    encodeHex(id),
    verificationId === null ? '' : encodeHex(verificationId),
  ])
  return JSON.stringify([encodeHex(macaroon.identifier), caveats, encodeHex(macaroon.signature)])
}

function mutate(random: Random, from: Original, valid: readonly Original[]): Mutant {
  const mutant: Mutant = { bytes: from.bytes, preimage: from.preimage }
  const changes = 1 + Math.floor(random.below(6) / 3) + Math.floor(random.below(6) / 5)
  for (let i = 0; i < changes; i++) {
    if (random.below(16) === 0) mutant.preimage = changedPreimage(random, mutant.preimage, valid)
    else mutant.bytes = random.pick(CHANGES)(random, mutant.bytes, valid)
  }
  return mutant
}

function changedPreimage(random: Random, preimage: Preimage | null, valid: readonly Original[]): Preimage | null {
  if (preimage === null || random.below(4) === 0) return random.pick(valid).preimage
  return asPreimage(flipBit(random, preimage))
}

type Change = (random: Random, bytes: Uint8Array, valid: readonly Original[]) => Uint8Array

function flipBit(random: Random, bytes: Uint8Array): Uint8Array {
  const changed = bytes.slice()
  const at = random.below(changed.length)
  if (at < changed.length) changed[at] = (changed[at] as number) ^ (1 << random.below(8))
  return changed
}

function span(random: Random, bytes: Uint8Array): [number, number] {
  const start = random.below(bytes.length + 1)
  return [start, Math.min(bytes.length, start + 1 + random.below(40))]
}

const cut = (bytes: Uint8Array, start: number, end: number, middle: Uint8Array): Uint8Array =>
  concatBytes(bytes.subarray(0, start), middle, bytes.subarray(end))

/** A field of a macaroon in its byte form, wherever it came from. */
function someField(random: Random, valid: readonly Original[]): Uint8Array {
  const caveat = random.pick(random.pick(valid).parts).caveats[0]
  const id = caveat?.id ?? encodeUtf8('services=k3h-gulls:0')
  return id.length > 127 ? id : concatBytes(new Uint8Array([2, id.length]), id, new Uint8Array([0]))
}

const CHANGES: readonly Change[] = [
  flipBit,
  flipBit,
  (random, bytes) => {
    const changed = bytes.slice()
    changed[random.below(changed.length)] = random.below(256)
    return changed
  },
  (random, bytes) => {
    const at = random.below(bytes.length + 1)
    return cut(bytes, at, at, random.bytes(1 + random.below(3)))
  },
  (random, bytes) => cut(bytes, ...span(random, bytes), new Uint8Array()),
  (random, bytes) => bytes.slice(0, random.below(bytes.length + 1)),
  (random, bytes) => {
    const [start, end] = span(random, bytes)
    return cut(bytes, end, end, bytes.subarray(start, end))
  },
  (random, bytes, valid) => {
    const other = random.pick(valid).bytes
    const [start, end] = span(random, other)
    const at = random.below(bytes.length + 1)
    return cut(bytes, at, Math.min(bytes.length, at + end - start), other.subarray(start, end))
  },
  (random, bytes, valid) => {
    const at = random.below(bytes.length + 1)
    return cut(bytes, at, at, someField(random, valid))
  },
  // Another token behind it. Not the same one: twice the same payment is no forgery (protocol.md §2.4).
  (random, bytes, valid) => {
    const other = random.pick(valid).bytes
    return other === bytes ? flipBit(random, bytes) : concatBytes(bytes, other)
  },
  (random, bytes, valid) => {
    const decoded = decodeMacaroon(bytes)
    if (decoded.kind === 'refused') return flipBit(random, bytes)
    return withoutOrWith(random, decoded.macaroon, valid)
  },
]

/** Well-formed changes: a caveat dropped, repeated, exchanged or borrowed, the signature left as it was or borrowed too. */
function withoutOrWith(random: Random, macaroon: Macaroon, valid: readonly Original[]): Uint8Array {
  const caveats = [...macaroon.caveats]
  const donor = random.pick(random.pick(valid).parts)
  const at = random.below(caveats.length)
  const way = random.below(5)
  if (way === 0) caveats.splice(at, 1)
  if (way === 1 && caveats[at] !== undefined) caveats.splice(at, 0, caveats[at])
  if (way === 2) caveats.reverse()
  if (way === 3) caveats.splice(at, 1, ...donor.caveats.slice(0, 1))
  if (way === 4) return encodeMacaroon({ ...macaroon, signature: donor.signature })
  return encodeMacaroon({ ...macaroon, caveats })
}
