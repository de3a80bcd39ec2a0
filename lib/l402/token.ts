/**
 * Tokens: minted on a payment hash, verified with a verdict that names its reason.
 *
 * A token is minted before anybody has paid: it is worth nothing without the preimage of its payment hash, and the
 * preimage comes with the payment. Verifying therefore needs no database. It asks, in the order of what each question
 * costs: can the bytes be read; does the preimage open the payment hash; do we know the key, and is nothing withdrawn;
 * is the chain of signatures right; did everybody confirm who had to; and what do the caveats say.
 *
 * The order is a defence. Without the preimage of a token not one HMAC is computed, so strangers cannot make us work.
 */
import { encodeUtf8, equalBytes, type Hmac, type Sha256 } from './bytes.ts'
import { parseCaveat } from './caveat.ts'
import { resolveDischarges, runChain } from './discharge.ts'
import { copyIdentifier, decodeIdentifier, encodeIdentifier, type Identifier } from './identifier.ts'
import {
  decodeMacaroons,
  encodeMacaroon,
  hasOurLocation,
  MACAROONS_PER_CREDENTIAL,
  type Macaroon,
  mintMacaroon,
} from './macaroon.ts'
import { asPaymentHash, opens, type PaymentHash, type Preimage, parsePreimage } from './preimage.ts'
import { type Refusal, type Refused, refusalOf, refused } from './refusal.ts'
import { type IsDeclared, readTerms, type TokenTerms } from './terms.ts'

/** The primitives of one process, made once. */
export interface TokenContext {
  readonly sha256: Sha256
  readonly hmac: Hmac
}

/** What a client presents, after its spelling is forgotten. */
export interface Credential {
  /** Each element one macaroon or several one after the other; the first of all is the token, the others stand by it. */
  readonly macaroons: readonly Uint8Array[]
  /** `null`: none beside the macaroon; a `preimage=` caveat inside may still hold it. */
  readonly preimage: Preimage | null
}

/** A token whose every byte was accepted: what it is and what it says, independent of any request. */
export interface VerifiedToken extends TokenTerms {
  readonly identifier: Identifier
  /** Somebody else had to confirm it: not carried into larger tokens. */
  readonly hasThirdParty: boolean
  /** Whether the verdict may be kept: `false` when other macaroons took part in it. */
  readonly cacheable: boolean
}

export type TokenVerdict =
  | { readonly kind: 'verified'; readonly token: VerifiedToken }
  | {
      readonly kind: 'refused'
      readonly refusal: Refusal
      /** Of the first macaroon, where it can be read; only as authentic as the refusal's step says. */
      readonly identifier: Identifier | null
      /** The token when it lacks nothing but a preimage (`l402.missing`, `preimage`). Never access by itself. */
      readonly pending: VerifiedToken | null
    }

/**
 * Step 3 of the judge: key, creator and deny list; asked for the token and for each further token beside it. `found`:
 * verify with this root key. `isDeclared`: the volume units on sale, none by default.
 */
export type FindRootKey = (
  identifier: Identifier,
  identifierBytes: Uint8Array,
) =>
  | { readonly kind: 'found'; readonly rootKey: Uint8Array; readonly isDeclared?: IsDeclared }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

export const MINTED_BYTES = 1_500

/**
 * Mints a token: the canonical bytes of a macaroon, at most 1,500. `rootKey` 32 bytes, `paymentHash` 32, `tokenId` 32,
 * `caveats` in the order of protocol.md §5.3, the first one `services`. Throws `RangeError` on anything that would be
 * refused when shown: a first caveat that is not `services`, a value outside the grammar, a repetition that widens, a
 * condition the token's services do not own, `preimage` or `expiration` (which only clients add), more than 1,500 bytes.
 */
export function mintToken(
  ctx: TokenContext,
  input: { rootKey: Uint8Array; paymentHash: Uint8Array; tokenId: Uint8Array; caveats: readonly string[] },
): Uint8Array {
  const identifier = encodeIdentifier(input)
  const caveats = input.caveats.map((text) => encodeUtf8(text))
  const macaroon = mintMacaroon(ctx.hmac, { rootKey: input.rootKey, identifier, caveats })
  assertMintable(ctx, macaroon, asPaymentHash(input.paymentHash))
  const bytes = encodeMacaroon(macaroon)
  if (bytes.length > MINTED_BYTES) throw new RangeError(`mint: ${bytes.length} bytes, at most ${MINTED_BYTES}`)
  return bytes
}

// Names of caveats that decide whether a list of them may be signed at all.
const FIRST_CAVEAT = 'services'
const CLIENT_CONDITIONS: ReadonlySet<string> = new Set(['preimage', 'expiration'])

/** A token that its own reader refuses would be sold and open nothing: found here, it is a mistake of ours. */
function assertMintable(ctx: TokenContext, macaroon: Macaroon, paymentHash: PaymentHash): void {
  const [first, ...others] = macaroon.caveats.map((caveat) => parseCaveat(caveat.id).condition)
  // A holder could append a `services` caveat to a token without one, so such a token must never exist.
  if (first !== FIRST_CAVEAT) throw new RangeError('mint: the first caveat has to be services')
  if (others.some((condition) => CLIENT_CONDITIONS.has(condition))) throw new RangeError('mint: a condition of clients')
  const read = readTerms({
    sha256: ctx.sha256,
    paymentHash,
    isDeclared: () => true,
    own: macaroon.caveats,
    discharged: [],
    // A misspelt service name would be skipped when shown, and a limit meant for the buyer would be gone.
    foreign: 'refuse',
  })
  if (read.kind === 'refused') throw new RangeError(`mint: the caveats would be refused, ${read.refusal.detail}`)
}

/** A credential taken apart without any key: the first macaroon is the token. */
export interface ReadToken {
  readonly kind: 'read'
  readonly identifier: Identifier
  readonly macaroon: Macaroon
  /** Discharges, or further tokens of the same payment; at most four. */
  readonly others: readonly Macaroon[]
}

/**
 * Step 1 of the judge: decodes the macaroons of a credential, each element one or several, and looks at the location and
 * identifier of the first. Refuses `text` (none, or more than five), `version`, `structure`, `location`, `identifier`.
 */
export function readToken(...macaroons: readonly Uint8Array[]): ReadToken | Refused {
  const all: Macaroon[] = []
  for (const bytes of macaroons) {
    const decoded = decodeMacaroons(bytes)
    if (decoded.kind === 'refused') return decoded
    all.push(...decoded.macaroons)
  }
  const [macaroon, ...others] = all
  if (macaroon === undefined || all.length > MACAROONS_PER_CREDENTIAL) return refused('text')
  if (!hasOurLocation(macaroon)) return refused('location')
  const decoded = decodeIdentifier(macaroon.identifier)
  return decoded.kind === 'refused' ? decoded : { kind: 'read', identifier: decoded.identifier, macaroon, others }
}

/** What the credentials of one request may still cost together, in HMACs: tokens are free to have and easy to fatten. */
export interface Work {
  left: number
}

/** Enough for one credential of five macaroons with 48 caveats each, or for twenty ordinary ones. */
export const startWork = (): Work => ({ left: 300 })

/** HMACs of a macaroon besides those of its caveats: key, start, binding. */
const MACAROON_WORK = 4
/** Three HMACs, and a box to open. */
const THIRD_PARTY_WORK = 8

function workOf({ macaroon, others }: ReadToken): number {
  let work = 0
  for (const { caveats } of [macaroon, ...others]) {
    work += MACAROON_WORK
    for (const { verificationId } of caveats) work += verificationId === null ? 1 : THIRD_PARTY_WORK
  }
  return work
}

/**
 * Judges a credential by itself: steps 1 to 6 of protocol.md §6.1, cheapest first, without request and without I/O.
 * A credential whose macaroon is authentic but has no preimage anywhere is refused as `l402.missing` with `pending`.
 * `work` is shared by the credentials of one request; one that would cost more than is left is refused as `text`.
 */
export function verifyToken(
  ctx: TokenContext,
  credential: Credential,
  findRootKey: FindRootKey,
  work: Work = startWork(),
): TokenVerdict {
  // Spent by the credentials before: not even decoded.
  if (work.left < 0) return refusedVerdict(refusalOf('text'), null)
  const read = readToken(...credential.macaroons)
  if (read.kind === 'refused') return refusedVerdict(read.refusal, null)
  const { identifier } = read
  const preimage = credential.preimage ?? findPreimage(read.macaroon)
  if (preimage !== null && !opens(ctx.sha256, preimage, identifier.paymentHash)) {
    return refusedVerdict(refusalOf('preimage'), identifier)
  }
  const key = findRootKey(identifier, read.macaroon.identifier)
  if (key.kind === 'refused') return refusedVerdict(key.refusal, identifier)
  work.left -= workOf(read)
  if (work.left < 0) return refusedVerdict(refusalOf('text'), identifier)
  const checked = check(ctx, { read, key, findRootKey })
  if (preimage === null) return unprovenVerdict(checked, identifier)
  if (checked.kind === 'refused') return refusedVerdict(checked.refusal, identifier)
  return { kind: 'verified', token: checked.token }
}

/** A refusal that leaves nothing pending. */
function refusedVerdict(refusal: Refusal, identifier: Identifier | null): TokenVerdict {
  return { kind: 'refused', refusal, identifier, pending: null }
}

/**
 * What there is to say without a preimage: how the token is not authentic, or else that its proof is missing, whatever
 * the caveats hold. Refusals further on than `unproven` are about the caveats of an authentic token.
 */
function unprovenVerdict(checked: Checked | Refused, identifier: Identifier): TokenVerdict {
  const unproven = refusalOf('unproven')
  if (checked.kind === 'checked') return { kind: 'refused', refusal: unproven, identifier, pending: checked.token }
  return refusedVerdict(checked.refusal.progress > unproven.progress ? unproven : checked.refusal, identifier)
}

/** The last `preimage=` caveat of the token, where holders that send no colon form put it. */
function findPreimage(macaroon: Macaroon): Preimage | null {
  for (let i = macaroon.caveats.length - 1; i >= 0; i--) {
    const caveat = macaroon.caveats[i]
    if (caveat === undefined || caveat.verificationId !== null) continue
    const { condition, value } = parseCaveat(caveat.id)
    if (condition === 'preimage' && value !== null) return parsePreimage(value)
  }
  return null
}

interface Checked {
  readonly kind: 'checked'
  readonly token: VerifiedToken
}

type Found = Extract<ReturnType<FindRootKey>, { kind: 'found' }>

/** Steps 5 and 6: chain, discharges, further macaroons, then what the caveats say. */
function check(ctx: TokenContext, input: { read: ReadToken; key: Found; findRootKey: FindRootKey }): Checked | Refused {
  const { macaroon, identifier, others } = input.read
  const chain = runChain(ctx.hmac, input.key.rootKey, macaroon)
  if (!equalBytes(chain.signature, macaroon.signature)) return refused('signature')
  const discharges = resolveDischarges(ctx.hmac, { primary: macaroon, demanded: chain.demanded, offered: others })
  if (discharges.kind === 'refused') return discharges
  if (
    !discharges.unwanted.every((extra) => isOfSamePayment(ctx, extra, { identifier, findRootKey: input.findRootKey }))
  ) {
    return refused('extra')
  }
  const read = readTerms({
    sha256: ctx.sha256,
    paymentHash: identifier.paymentHash,
    isDeclared: input.key.isDeclared ?? (() => false),
    own: macaroon.caveats,
    discharged: discharges.caveats,
    foreign: 'skip',
  })
  if (read.kind === 'refused') return read
  const token = {
    ...read.terms,
    identifier: copyIdentifier(identifier),
    hasThirdParty: chain.demanded.length > 0,
    cacheable: others.length === 0,
  }
  return { kind: 'checked', token }
}

/** A further macaroon is fine when it is itself a token of ours for the same payment. Source: protocol.md §2.4. */
function isOfSamePayment(
  ctx: TokenContext,
  extra: Macaroon,
  primary: { identifier: Identifier; findRootKey: FindRootKey },
): boolean {
  const decoded = hasOurLocation(extra) ? decodeIdentifier(extra.identifier) : refused('location')
  if (decoded.kind === 'refused') return false
  if (!equalBytes(decoded.identifier.paymentHash, primary.identifier.paymentHash)) return false
  const key = primary.findRootKey(decoded.identifier, extra.identifier)
  if (key.kind === 'refused') return false
  const chain = runChain(ctx.hmac, key.rootKey, extra)
  return chain.demanded.length === 0 && equalBytes(chain.signature, extra.signature)
}
