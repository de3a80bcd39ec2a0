/**
 * Third-party caveats: what an outside service has to confirm, how it confirms, and whether its word counts.
 *
 *     primary      … caveat id, verification id …        "only with a discharge for this caveat id"
 *                        |             |
 *                        |             '-- secretbox(key = chain value so far, HMAC key of r): for whoever verifies
 *                        '-- tells the discharger r and what to check: sealed for it, or a name of a record it keeps
 *     discharge    identifier = caveat id, chain started from r, caveats of its own
 *
 * The discharger knows r and never our root key; we learn r from the verification id and never ask the discharger. A
 * client fetches the discharge and binds it to the primary, so that one seen in passing is of no use with another
 * token. The scheme is that of libmacaroons, byte for byte, so that dischargers written for it can be used.
 */
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js'
import { concatBytes, decodeUtf8, encodeUtf8, equalBytes, HASH_BYTES, type Hmac } from './bytes.ts'
import {
  appendAnyCaveat,
  continueChain,
  deriveSigningKey,
  joinHashes,
  type Macaroon,
  type MacaroonCaveat,
  mintMacaroon,
  startChain,
} from './macaroon.ts'
import { type Refused, refused } from './refusal.ts'

/** XSalsa20-Poly1305, as in NaCl's secretbox: nonces long enough to be derived instead of drawn. */
const NONCE_BYTES = 24
const TAG_BYTES = 16
/** A discharge may itself ask for one more; deeper chains only cost us work. */
const MAX_DEPTH = 2
const MAX_PREDICATE_BYTES = 128
const CAVEAT_ID_VERSION = 1
/** Shortest caveat id of our own form: version, nonce, tag, caveat root key and one byte of predicate. */
const MIN_CAVEAT_ID_BYTES = 1 + NONCE_BYTES + TAG_BYTES + HASH_BYTES + 1
/** Thirty-two zero bytes: binding needs no secret, it only ties two signatures together. */
const BINDING_KEY = new Uint8Array(HASH_BYTES)

/** Opens a secretbox, `nonce(24) ‖ tag(16) ‖ ciphertext`; `null`: another key or changed bytes. */
function openBox(key: Uint8Array, sealed: Uint8Array): Uint8Array | null {
  try {
    return xsalsa20poly1305(key, sealed.subarray(0, NONCE_BYTES)).decrypt(sealed.subarray(NONCE_BYTES))
  } catch {
    return null
  }
}

/** `nonce ‖ tag ‖ ciphertext`, the form of a verification id. */
function sealBox(key: Uint8Array, nonce: Uint8Array, text: Uint8Array): Uint8Array {
  return concatBytes(nonce, xsalsa20poly1305(key, nonce).encrypt(text))
}

/**
 * The macaroon with one more third-party caveat. `caveatRootKey`: 32 bytes or any length, shared with the discharger
 * through the caveat id; `nonce`: 24 bytes, never used twice with one signature. Source: protocol.md §7.
 */
export function appendThirdPartyCaveat(
  hmac: Hmac,
  macaroon: Macaroon,
  input: { caveatRootKey: Uint8Array; nonce: Uint8Array; caveatId: Uint8Array; location: string },
): Macaroon {
  const signingKey = deriveSigningKey(hmac, input.caveatRootKey)
  return appendAnyCaveat(hmac, macaroon, {
    id: input.caveatId,
    verificationId: sealBox(macaroon.signature, input.nonce, signingKey),
    location: encodeUtf8(input.location),
  })
}

/** A discharge for a caveat id, signed from its caveat root key; still to be bound by the client. Source: protocol.md §7. */
export function mintDischarge(
  hmac: Hmac,
  input: { caveatRootKey: Uint8Array; caveatId: Uint8Array; caveats: readonly Uint8Array[]; location?: string },
): Macaroon {
  return mintMacaroon(hmac, {
    rootKey: input.caveatRootKey,
    identifier: input.caveatId,
    caveats: input.caveats,
    location: input.location === undefined ? null : encodeUtf8(input.location),
  })
}

/** The discharge bound to a primary, good for that one only; caveats appended to either afterwards break it. */
export function bindDischarge(hmac: Hmac, primary: Macaroon, discharge: Macaroon): Macaroon {
  return { ...discharge, signature: joinHashes(hmac, BINDING_KEY, [primary.signature, discharge.signature]) }
}

/** A secret and a demand, as sealed in a caveat id of our own form. */
export interface Demand {
  readonly caveatRootKey: Uint8Array
  /** What the discharger is to check: UTF-8, 1 to 128 bytes. */
  readonly predicate: string
}

/**
 * A caveat id that the holder of `sharedKey` (32 bytes) can open: `01 ‖ nonce ‖ secretbox(r ‖ predicate)`.
 * Throws `RangeError` on a predicate outside 1 to 128 bytes or a root key that is not 32. Source: protocol.md §7.
 */
export function sealDemand(sharedKey: Uint8Array, nonce: Uint8Array, demand: Demand): Uint8Array {
  const predicate = encodeUtf8(demand.predicate)
  if (predicate.length < 1 || predicate.length > MAX_PREDICATE_BYTES)
    throw new RangeError('predicate: expected 1 to 128 bytes')
  if (demand.caveatRootKey.length !== HASH_BYTES) throw new RangeError('caveat root key: expected 32 bytes')
  const sealed = sealBox(sharedKey, nonce, concatBytes(demand.caveatRootKey, predicate))
  return concatBytes(new Uint8Array([CAVEAT_ID_VERSION]), sealed)
}

/** Opens a caveat id of our own form; `null` when it is none, or another key sealed it. */
export function openDemand(sharedKey: Uint8Array, caveatId: Uint8Array): Demand | null {
  const maxBytes = MIN_CAVEAT_ID_BYTES - 1 + MAX_PREDICATE_BYTES
  if (caveatId[0] !== CAVEAT_ID_VERSION || caveatId.length < MIN_CAVEAT_ID_BYTES || caveatId.length > maxBytes)
    return null
  const opened = openBox(sharedKey, caveatId.subarray(1))
  if (opened === null) return null
  const predicate = decodeUtf8(opened.subarray(HASH_BYTES))
  return predicate === null ? null : { caveatRootKey: opened.slice(0, HASH_BYTES), predicate }
}

/** Every derived secret has a label of its own, closed by a zero byte, so that none can stand for another. */
const thirdPartyLabel = (use: 'key' | 'vid' | 'cid'): Uint8Array => encodeUtf8(`satstile/l402/3p/${use}/v1\0`)
const KEY_LABEL = thirdPartyLabel('key')
const VID_LABEL = thirdPartyLabel('vid')
const CID_LABEL = thirdPartyLabel('cid')

/**
 * Caveat root key (32 bytes) and nonces (24 each) of the third-party caveat that we mint at `position` (0 to 47), so that
 * a token can be minted again from identifier and caveats alone. Source: protocol.md §7.
 */
export function deriveThirdParty(
  hmac: Hmac,
  rootKey: Uint8Array,
  position: number,
): { caveatRootKey: Uint8Array; verificationIdNonce: Uint8Array; caveatIdNonce: Uint8Array } {
  const derive = (label: Uint8Array): Uint8Array => hmac(rootKey, concatBytes(label, new Uint8Array([position])))
  return {
    caveatRootKey: derive(KEY_LABEL),
    verificationIdNonce: derive(VID_LABEL).slice(0, NONCE_BYTES),
    caveatIdNonce: derive(CID_LABEL).slice(0, NONCE_BYTES),
  }
}

/** A third-party caveat with the key that its verification id should open to. */
interface Demanded {
  readonly caveat: MacaroonCaveat
  /** Value of the chain before the caveat. */
  readonly boxKey: Uint8Array
}

/** The chain of a macaroon from its signing key, and the third-party caveats met on the way. */
export interface Chain {
  readonly signature: Uint8Array
  readonly demanded: readonly Demanded[]
}

/** Runs the chain of `macaroon` from a root key. */
export function runChain(hmac: Hmac, rootKey: Uint8Array, macaroon: Macaroon): Chain {
  return runFrom(hmac, startChain(hmac, rootKey, macaroon.identifier), macaroon)
}

const NONE: readonly Demanded[] = []

/** Runs the chain from its first value; remembers the value before each third-party caveat, which opens its box. */
function runFrom(hmac: Hmac, start: Uint8Array, macaroon: Macaroon): Chain {
  let signature = start
  let demanded: Demanded[] | null = null
  for (const caveat of macaroon.caveats) {
    if (caveat.verificationId !== null) {
      demanded ??= []
      demanded.push({ caveat, boxKey: signature })
    }
    signature = continueChain(hmac, signature, caveat)
  }
  return { signature, demanded: demanded ?? NONE }
}

/** The search for discharges; `used` holds places among those offered, since the same one may be offered twice. */
interface Resolution {
  readonly hmac: Hmac
  readonly primary: Macaroon
  readonly offered: readonly Macaroon[]
  readonly used: Set<number>
  readonly caveats: MacaroonCaveat[]
  invalid: boolean
  missing: boolean
}

/**
 * Finds and verifies a discharge for every third-party caveat of the primary, two levels deep at most. Answers the
 * discharges' caveats in the order of resolution and the macaroons nobody wanted; refuses `discharge_missing` (also when
 * another one is invalid) or `discharge_invalid`. Source: protocol.md §7.
 */
export function resolveDischarges(
  hmac: Hmac,
  input: { primary: Macaroon; demanded: Chain['demanded']; offered: readonly Macaroon[] },
): { kind: 'resolved'; caveats: readonly MacaroonCaveat[]; unwanted: readonly Macaroon[] } | Refused {
  const { primary, offered } = input
  if (input.demanded.length === 0) return { kind: 'resolved', caveats: [], unwanted: offered }
  const resolution: Resolution = {
    hmac,
    primary,
    offered,
    used: new Set(),
    caveats: [],
    invalid: false,
    missing: false,
  }
  resolveAll(resolution, input.demanded, 1)
  if (resolution.missing) return refused('discharge_missing')
  if (resolution.invalid) return refused('discharge_invalid')
  return { kind: 'resolved', caveats: resolution.caveats, unwanted: offered.filter((_, i) => !resolution.used.has(i)) }
}

/** Resolves every demand of one macaroon; goes on after a fault, because a missing discharge is told first. */
function resolveAll(resolution: Resolution, demanded: Chain['demanded'], depth: number): void {
  for (const { caveat, boxKey } of demanded) {
    const signingKey = depth > MAX_DEPTH ? null : openBox(boxKey, caveat.verificationId as Uint8Array)
    if (signingKey === null) resolution.invalid = true
    else resolveOne(resolution, { caveatId: caveat.id, signingKey, depth })
  }
}

/** Looks for one discharge, verifies its chain and binding, then what it demands in turn. */
function resolveOne(
  resolution: Resolution,
  wanted: { caveatId: Uint8Array; signingKey: Uint8Array; depth: number },
): void {
  const { hmac, primary, offered, used } = resolution
  const place = offered.findIndex((one) => equalBytes(one.identifier, wanted.caveatId))
  const discharge = offered[place]
  if (discharge === undefined) {
    resolution.missing = true
    return
  }
  const chain = runFrom(hmac, hmac(wanted.signingKey, discharge.identifier), discharge)
  const bound = joinHashes(hmac, BINDING_KEY, [primary.signature, chain.signature])
  if (used.has(place) || !equalBytes(bound, discharge.signature)) {
    resolution.invalid = true
    return
  }
  used.add(place)
  resolution.caveats.push(...discharge.caveats)
  resolveAll(resolution, chain.demanded, wanted.depth + 1)
}
