/**
 * Fifty thousand macaroons, given to us and to the npm package `macaroon` 3.0.4. Where the two disagree, one of these
 * reasons has to explain it, computed from the case and not from our answer:
 *
 * | we | they | reason |
 * |---|---|---|
 * | refuse | import | `spelling`: the bytes are not what writing the parts again gives (long lengths, empty fields, ...) |
 * | refuse | import | `limit`: a field, the count of caveats or the whole is beyond protocol.md §3.2 |
 * | refuse | import | `kind`: a location on a first-party caveat, a verification id or signature of another length |
 * | import | refuse | `location`: they want UTF-8 in a location, we ignore what it holds |
 * | accept | refuse | `caveat text`: they read every first-party caveat as UTF-8 before they look at the signature |
 * | refuse | accept | `depth`: discharges of discharges of discharges; we stop at two levels |
 */
import { importMacaroon, type NpmMacaroon, newMacaroon } from 'macaroon'
import { describe, expect, it } from 'vitest'
import { ctx } from '#tests/support/l402.ts'
import { type Random, seeded } from '#tests/support/seeded.ts'
import { concatBytes, decodeUtf8, encodeHex, encodeUtf8, equalBytes } from './bytes.ts'
import { appendThirdPartyCaveat, bindDischarge, mintDischarge, resolveDischarges, runChain } from './discharge.ts'
import { appendCaveat, decodeMacaroon, encodeMacaroon, type Macaroon, mintMacaroon } from './macaroon.ts'

const IMPORT_CASES = 30_000
const VERIFY_CASES = 10_000
const THEIRS_CASES = 10_000

/** A primary with its bound discharges, and the key they start from. */
interface Bundle {
  readonly rootKey: Uint8Array
  readonly primary: Macaroon
  readonly discharges: readonly Macaroon[]
  /** Levels of discharges behind the primary. */
  readonly depth: number
}

const text = (random: Random): Uint8Array => encodeUtf8(`c${random.below(1000)}=${'x'.repeat(random.below(150))}`)

/** Now and then a caveat that is no UTF-8: any bytes are a condition to us. */
const anyCaveat = (random: Random): Uint8Array =>
  random.below(20) === 0 ? concatBytes(text(random), new Uint8Array([0xff])) : text(random)

function ourBundle(random: Random): Bundle {
  const rootKey = random.bytes(32)
  const start = mintMacaroon(ctx.hmac, {
    rootKey,
    identifier: random.bytes(1 + random.below(100)),
    caveats: Array.from({ length: random.below(4) }, () => anyCaveat(random)),
    location: random.below(4) === 0 ? null : encodeUtf8('satstile'),
  })
  const depth = random.below(5) === 0 ? 1 + random.below(3) : 0
  const { macaroon, unbound } = demand(random, start, depth)
  const primary = random.below(2) === 0 ? appendCaveat(ctx.hmac, macaroon, text(random)) : macaroon
  const discharges = unbound.map((one) => bindDischarge(ctx.hmac, primary, one))
  return { rootKey, primary, discharges: random.below(2) === 0 ? discharges : discharges.reverse(), depth }
}

/** Adds a third-party caveat and mints its discharge, which asks for another one until `levels` is used up. */
function demand(random: Random, on: Macaroon, levels: number): { macaroon: Macaroon; unbound: Macaroon[] } {
  if (levels === 0) return { macaroon: on, unbound: [] }
  const caveatRootKey = random.bytes(1 + random.below(40))
  const caveatId = random.bytes(1 + random.below(60))
  const location = random.pick(['https://members.example', 'm', '\u00e9'])
  const macaroon = appendThirdPartyCaveat(ctx.hmac, on, { caveatRootKey, nonce: random.bytes(24), caveatId, location })
  const caveats = Array.from({ length: random.below(3) }, () => text(random))
  const inner = demand(random, mintDischarge(ctx.hmac, { caveatRootKey, caveatId, caveats, location }), levels - 1)
  return { macaroon, unbound: [inner.macaroon, ...inner.unbound] }
}

/** Our verification of a generic macaroon: right chain, every discharge, none too many. */
function weAccept({ rootKey, primary, discharges }: Omit<Bundle, 'depth'>): boolean {
  const chain = runChain(ctx.hmac, rootKey, primary)
  if (!equalBytes(chain.signature, primary.signature)) return false
  const resolved = resolveDischarges(ctx.hmac, { primary, demanded: chain.demanded, offered: discharges })
  return resolved.kind === 'resolved' && resolved.unwanted.length === 0
}

function theyAccept(bundle: {
  rootKey: Uint8Array
  primary: NpmMacaroon
  discharges: readonly NpmMacaroon[]
}): boolean {
  return succeeds(() => bundle.primary.verify(bundle.rootKey, () => null, bundle.discharges))
}

function succeeds(work: () => unknown): boolean {
  try {
    work()
    return true
  } catch {
    return false
  }
}

function theirImport(bytes: Uint8Array): NpmMacaroon | null {
  try {
    return importMacaroon(bytes)
  } catch {
    return null
  }
}

/** What both sides read, in one form. */
function parts(macaroon: Macaroon): unknown {
  return {
    identifier: encodeHex(macaroon.identifier),
    signature: encodeHex(macaroon.signature),
    caveats: macaroon.caveats.map(({ id, verificationId }) => [
      encodeHex(id),
      verificationId === null ? null : encodeHex(verificationId),
    ]),
  }
}

function theirParts(macaroon: NpmMacaroon): unknown {
  return {
    identifier: encodeHex(macaroon.identifier),
    signature: encodeHex(macaroon.signature),
    caveats: macaroon.caveats.map(({ identifier, vid }) => [
      encodeHex(identifier),
      vid === undefined ? null : encodeHex(vid),
    ]),
  }
}

function lenient(macaroon: NpmMacaroon): Macaroon {
  const location = (written: string | undefined): Uint8Array | null =>
    written === undefined || written === '' ? null : encodeUtf8(written)
  return {
    location: location(macaroon.location),
    identifier: macaroon.identifier,
    caveats: macaroon.caveats.map((caveat) => ({
      id: caveat.identifier,
      verificationId: caveat.vid ?? null,
      location: caveat.vid === undefined ? null : location(caveat.location),
    })),
    signature: macaroon.signature,
  }
}

/** Why we may refuse bytes that they import; `null`: nothing excuses us. */
function whyWeRefuse(bytes: Uint8Array, theirs: NpmMacaroon): string | null {
  const macaroon = lenient(theirs)
  let again: Uint8Array
  try {
    again = encodeMacaroon(macaroon)
  } catch {
    // The writer names the limit or the kind of field in its RangeError; either is one of the rows above.
    return 'limit or kind'
  }
  return equalBytes(again, bytes) ? null : 'spelling'
}

function mutated(random: Random, bytes: Uint8Array): Uint8Array {
  const changed = bytes.slice()
  const at = random.below(bytes.length)
  switch (random.below(7)) {
    case 0:
      return bytes
    case 1:
      changed[at] = random.below(256)
      return changed
    case 2:
      changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8))
      return changed
    case 3:
      return bytes.slice(0, at)
    case 4:
      return concatBytes(bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(4)))
    case 5:
      return concatBytes(bytes.subarray(0, at), random.bytes(1 + random.below(3)), bytes.subarray(at))
    default:
      // A length in a longer spelling: where a byte below 128 is one, this is what a loose reader accepts.
      return concatBytes(bytes.subarray(0, at), new Uint8Array([(bytes[at] ?? 0) | 0x80, 0]), bytes.subarray(at + 1))
  }
}

/** Whether a location of the bytes as we read them is not UTF-8, which makes the package throw. */
function hasForeignLocation(macaroon: Macaroon): boolean {
  return [macaroon.location, ...macaroon.caveats.map(({ location }) => location)].some(
    (location) => location !== null && decodeUtf8(location) === null,
  )
}

function hasForeignCaveat({ primary, discharges }: { primary: Macaroon; discharges: readonly Macaroon[] }): boolean {
  return [primary, ...discharges].some(({ caveats }) =>
    caveats.some(({ id, verificationId }) => verificationId === null && decodeUtf8(id) === null),
  )
}

describe('against npm macaroon 3.0.4', () => {
  it(`imports agree in ${IMPORT_CASES} cases, or a written reason explains it`, { timeout: 200_000 }, () => {
    const random = seeded(1)
    const seen: Record<string, number> = {}
    for (let i = 0; i < IMPORT_CASES; i++) {
      const bytes = mutated(random, encodeMacaroon(ourBundle(random).primary))
      const ours = decodeMacaroon(bytes)
      const theirs = theirImport(bytes)
      const reason = compareImports(bytes, ours.kind === 'read' ? ours.macaroon : null, theirs)
      if (reason.startsWith('unexplained')) expect.fail(`${reason}: ${encodeHex(bytes)}`)
      seen[reason] = (seen[reason] ?? 0) + 1
    }
    // The cases must be worth something: both answers often, the loose spellings too.
    expect(seen['both read']).toBeGreaterThan(IMPORT_CASES / 4)
    expect(seen['both refuse']).toBeGreaterThan(IMPORT_CASES / 4)
    expect(seen.spelling).toBeGreaterThan(50)
    expect(seen.location).toBeGreaterThan(10)
  })

  it(`verdicts on what we wrote agree in ${VERIFY_CASES} cases, changed ones too`, { timeout: 200_000 }, () => {
    const random = seeded(2)
    const seen: Record<string, number> = {}
    for (let i = 0; i < VERIFY_CASES; i++) {
      const bundle = spoiled(random, ourBundle(random))
      const theirs = theirBundle(bundle)
      if (theirs === null) continue
      const we = weAccept(bundle)
      const they = theyAccept(theirs)
      const reason = compareVerdicts(bundle, we, they)
      if (reason.startsWith('unexplained')) expect.fail(`${reason}: ${encodeHex(encodeMacaroon(bundle.primary))}`)
      seen[reason] = (seen[reason] ?? 0) + 1
    }
    expect(seen['both accept']).toBeGreaterThan(VERIFY_CASES / 4)
    expect(seen['both refuse']).toBeGreaterThan(VERIFY_CASES / 4)
    expect(seen.depth).toBeGreaterThan(10)
    expect(seen['caveat text']).toBeGreaterThan(10)
  })

  it(`verdicts on what they wrote agree in ${THEIRS_CASES} cases, their discharges included`, {
    timeout: 200_000,
  }, () => {
    const random = seeded(3)
    const seen = { accepted: 0, refused: 0 }
    for (let i = 0; i < THEIRS_CASES; i++) {
      const written = theyWrite(random)
      const theirs = theyAccept(written)
      const ours = weAccept({
        rootKey: written.rootKey,
        primary: lenient(written.primary),
        discharges: written.discharges.map(lenient),
      })
      expect(ours).toBe(theirs)
      seen[ours ? 'accepted' : 'refused'] += 1
    }
    expect(seen.accepted).toBeGreaterThan(THEIRS_CASES / 4)
    expect(seen.refused).toBeGreaterThan(THEIRS_CASES / 10)
  })
})

function compareImports(bytes: Uint8Array, ours: Macaroon | null, theirs: NpmMacaroon | null): string {
  if (ours === null && theirs === null) return 'both refuse'
  if (ours !== null && theirs !== null) {
    return JSON.stringify(parts(ours)) === JSON.stringify(theirParts(theirs)) ? 'both read' : 'unexplained parts'
  }
  if (ours !== null) return hasForeignLocation(ours) ? 'location' : 'unexplained refusal of theirs'
  return (theirs === null ? null : whyWeRefuse(bytes, theirs)) ?? 'unexplained refusal of ours'
}

function compareVerdicts(bundle: Bundle, we: boolean, they: boolean): string {
  if (we === they) return we ? 'both accept' : 'both refuse'
  if (we) return hasForeignCaveat(bundle) ? 'caveat text' : 'unexplained refusal of theirs'
  return bundle.depth > 2 ? 'depth' : 'unexplained refusal of ours'
}

/** The same bundle or one with a single fault: another key, a changed byte, a discharge too many, too few, or twice. */
function spoiled(random: Random, bundle: Bundle): Bundle {
  const { primary, discharges } = bundle
  const flip = (bytes: Uint8Array): Uint8Array => {
    const changed = bytes.slice()
    const at = random.below(bytes.length)
    changed[at] = (changed[at] ?? 0) ^ (1 << random.below(7))
    return changed
  }
  switch (random.below(10)) {
    case 0:
      return { ...bundle, rootKey: flip(bundle.rootKey) }
    case 1:
      return { ...bundle, primary: { ...primary, signature: flip(primary.signature) } }
    case 2:
      return { ...bundle, primary: { ...primary, identifier: flip(primary.identifier) } }
    case 3:
      return { ...bundle, primary: { ...primary, caveats: primary.caveats.slice(1) } }
    case 4:
      return { ...bundle, discharges: discharges.slice(1) }
    case 5:
      return { ...bundle, discharges: [...discharges, ...discharges.slice(0, 1)] }
    case 6:
      return { ...bundle, discharges: discharges.map((one) => ({ ...one, signature: flip(one.signature) })) }
    default:
      return bundle
  }
}

function theirBundle(bundle: Bundle): { rootKey: Uint8Array; primary: NpmMacaroon; discharges: NpmMacaroon[] } | null {
  const primary = theirImport(encodeMacaroon(bundle.primary))
  const discharges = bundle.discharges.map((one) => theirImport(encodeMacaroon(one)))
  if (primary === null || discharges.some((one) => one === null)) return null
  return { rootKey: bundle.rootKey, primary, discharges: discharges.filter((one) => one !== null) }
}

/** A bundle made by the package alone, now and then with a fault of its own. */
function theyWrite(random: Random): { rootKey: Uint8Array; primary: NpmMacaroon; discharges: NpmMacaroon[] } {
  const rootKey = random.bytes(32)
  const primary = newMacaroon({ identifier: random.bytes(20), location: 'satstile', rootKey, version: 2 })
  for (let i = random.below(4); i > 0; i--) primary.addFirstPartyCaveat(text(random))
  const discharges: NpmMacaroon[] = []
  for (let i = random.below(3); i > 0; i--) {
    const caveatRootKey = random.bytes(1 + random.below(40))
    const caveatId = random.bytes(16)
    primary.addThirdPartyCaveat(caveatRootKey, caveatId, 'https://members.example')
    const discharge = newMacaroon({ identifier: caveatId, location: 'm', rootKey: caveatRootKey, version: 2 })
    if (random.below(2) === 0) discharge.addFirstPartyCaveat(text(random))
    discharges.push(discharge)
  }
  if (random.below(3) === 0) primary.addFirstPartyCaveat(text(random))
  const isUnbound = random.below(8) === 0
  for (const discharge of isUnbound ? [] : discharges) discharge.bindToRoot(primary.signature)
  const isWrongKey = random.below(8) === 0
  return { rootKey: isWrongKey ? random.bytes(32) : rootKey, primary, discharges }
}
