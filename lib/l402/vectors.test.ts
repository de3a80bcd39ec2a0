/** The shared vectors of other implementations, section by section; `mpp` comes with the Payment scheme. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ctx, hex, judgeAll, judgeOne, type Outcome, type World } from '#tests/support/l402.ts'
import { readInvoice } from './bolt11.ts'
import { recoverPayee } from './bolt11-payee.ts'
import { decodeBase64, decodeLatin1, encodeHex, encodeUtf8 } from './bytes.ts'
import { formatChallenge, formatGrpcChallenges, readChallenges } from './challenge.ts'
import { readCredentials } from './credential.ts'
import { decodeMacaroonText } from './credential-text.ts'
import {
  appendThirdPartyCaveat,
  bindDischarge,
  deriveThirdParty,
  mintDischarge,
  openDemand,
  sealDemand,
} from './discharge.ts'
import { decodeIdentifier } from './identifier.ts'
import {
  continueChain,
  decodeMacaroon,
  decodeMacaroons,
  deriveSigningKey,
  encodeMacaroon,
  type Macaroon,
  startChain,
} from './macaroon.ts'
import { parsePreimage } from './preimage.ts'

interface Case {
  readonly id: string
  readonly title?: string
  // biome-ignore lint/suspicious/noExplicitAny: the shape of a vector differs by section; a wrong one fails its test.
  readonly given: any
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  readonly expect: any
}

// biome-ignore lint/suspicious/noExplicitAny: as above.
const vectors = JSON.parse(readFileSync(new URL('../../tests/vectors/l402.json', import.meta.url), 'utf8')) as any
const { constants } = vectors

function section(name: string): [string, Case][] {
  return (vectors[name] as Case[]).map((one) => [`${one.id}: ${one.title ?? ''}`, one])
}

/** Bytes as hex in everything that is compared. */
function described(macaroon: Macaroon): unknown {
  const caveats = macaroon.caveats.map((caveat) =>
    caveat.verificationId === null
      ? encodeHex(caveat.id)
      : {
          id: encodeHex(caveat.id),
          vid: encodeHex(caveat.verificationId),
          location: caveat.location === null ? null : decodeLatin1(caveat.location),
        },
  )
  return {
    location: macaroon.location === null ? null : decodeLatin1(macaroon.location),
    identifier: encodeHex(macaroon.identifier),
    caveats,
    signature: encodeHex(macaroon.signature),
  }
}

function macaroonOf(base64: string): Macaroon {
  const decoded = decodeMacaroon(decodeBase64(base64) ?? new Uint8Array())
  if (decoded.kind === 'refused') throw new TypeError('a vector that should decode does not')
  return decoded.macaroon
}

function worldOf(given: Case['given']): World {
  return {
    tenant: given.tenant ?? constants.tenant,
    keys: given.keys ?? constants.keys,
    revoked: given.revoked ?? [],
    declared: given.declared ?? {},
    used: given.used ?? {},
  }
}

function judgeVector(given: Case['given'], macaroons: Uint8Array[], preimage: string | null): Outcome {
  const request = { ...constants.request, ...given.request }
  return judgeOne(
    worldOf(given),
    { macaroons, preimage: preimage === null ? null : parsePreimage(preimage) },
    {
      services: request.services,
      cost: request.cost ?? {},
      request: {
        now: new Date((given.now ?? constants.now) * 1000),
        method: request.method,
        path: request.path,
        tier: request.tier,
        capability: request.capability ?? null,
        address: request.address ?? null,
        origin: request.origin ?? null,
      },
    },
  )
}

/** The verdict in the words of the vectors. */
function told(outcome: Outcome | null): { verdict: string; reason?: string; detail?: string } {
  if (outcome === null) return { verdict: 'refuse', reason: 'l402.missing', detail: 'none' }
  if (outcome.verdict === 'accept') return { verdict: 'accept' }
  return { verdict: outcome.verdict, reason: outcome.refusal.reason, detail: outcome.refusal.detail }
}

function expectOutcome(outcome: Outcome | null, expected: Case['expect']): void {
  const { verdict, reason, detail } = expected
  expect(told(outcome)).toEqual(reason === undefined ? { verdict } : { verdict, reason, detail })
  if (outcome?.verdict !== 'accept') return
  if (expected.service !== undefined) expect(outcome.service).toBe(expected.service)
  if (expected.tier !== undefined) expect(outcome.tier).toBe(expected.tier)
  if (expected.services === undefined) return
  expect(outcome.token.services.map(({ name, tier }) => `${name}:${tier}`)).toEqual(expected.services)
}

describe('identifiers', () => {
  it.each(section('identifiers'))('%s', (_, { given, expect: expected }) => {
    const decoded = decodeIdentifier(hex(given.identifier))
    if (expected.verdict === 'refuse') {
      return expect(decoded).toMatchObject({
        kind: 'refused',
        refusal: { reason: expected.reason, detail: expected.detail },
      })
    }
    if (decoded.kind === 'refused') return expect(decoded.kind).toBe('read')
    expect(encodeHex(decoded.identifier.paymentHash)).toBe(expected.paymentHash)
    expect(encodeHex(decoded.identifier.tokenId)).toBe(expected.tokenId)
    expect(encodeHex(decoded.identifier.keyId)).toBe(expected.keyId)
  })
})

describe('keys', () => {
  const key = (id: string): Case => (vectors.keys as Case[]).find((one) => one.id === id) as Case
  it('derives the signing key before the identifier is signed', () => {
    const { given, expect: expected } = key('key-sig0')
    expect(encodeHex(deriveSigningKey(ctx.hmac, hex(given.rootKey)))).toBe(expected.derivedKey)
    const first = encodeHex(startChain(ctx.hmac, hex(given.rootKey), hex(given.identifier)))
    expect(first).toBe(expected.sig0)
    expect(first).not.toBe(expected.mustNotBe)
  })
  it('derives a root key from a ring key', () => {
    const { given, expect: expected } = key('key-ring')
    const rootKey = ctx.hmac(hex(given.ringKey), hex(given.identifier))
    expect(encodeHex(rootKey)).toBe(expected.rootKey)
    expect(encodeHex(deriveSigningKey(ctx.hmac, rootKey))).toBe(expected.derivedKey)
    expect(encodeHex(startChain(ctx.hmac, rootKey, hex(given.identifier)))).toBe(expected.sig0)
  })
  it.each([
    ['key-receipt', 'receipt', 'secret'],
    ['key-mpp', 'mpp', 'key'],
  ])('derives the labelled keys of a ring key: %s', (id, label, member) => {
    const { given, expect: expected } = key(id)
    const message = new Uint8Array([...encodeUtf8(constants.labels[label]), ...hex(given.tokenId ?? '')])
    const secret = ctx.hmac(hex(given.ringKey), message)
    expect(encodeHex(secret)).toBe(expected[member])
    if (expected.paymentHash !== undefined) expect(encodeHex(ctx.sha256(secret))).toBe(expected.paymentHash)
  })
  it('derives caveat root key and nonces of a third-party caveat', () => {
    const { given, expect: expected } = key('key-3p')
    const derived = deriveThirdParty(ctx.hmac, hex(given.rootKey), given.position)
    expect(encodeHex(derived.caveatRootKey)).toBe(expected.caveatRootKey)
    expect(encodeHex(derived.verificationIdNonce)).toBe(expected.verificationIdNonce)
    expect(encodeHex(derived.caveatIdNonce)).toBe(expected.caveatIdNonce)
  })
})

describe('chain', () => {
  it.each(section('chain'))('%s', (_, { given, expect: expected }) => {
    let signature = startChain(ctx.hmac, hex(given.rootKey), hex(given.identifier))
    const signatures = [encodeHex(signature)]
    for (const caveat of given.caveats) {
      signature = continueChain(ctx.hmac, signature, { id: hex(caveat), verificationId: null, location: null })
      signatures.push(encodeHex(signature))
    }
    expect(signatures).toEqual(expected.signatures)
  })
})

describe('codec', () => {
  it.each(section('codec'))('%s', (_, { given, expect: expected }) => {
    const decoded = decodeMacaroons(hex(given.bytes))
    if (decoded.kind === 'refused') {
      const { reason, detail } = decoded.refusal
      return expect({ verdict: 'refuse', reason, detail }).toEqual({
        verdict: expected.verdict,
        reason: expected.reason,
        detail: expected.detail,
      })
    }
    expect(expected.verdict).toBe('ok')
    expect(decoded.macaroons.map(described)).toEqual(expected.macaroons)
    expect(decoded.macaroons.map((one) => encodeHex(encodeMacaroon(one))).join('')).toBe(given.bytes)
  })
})

describe('verify', () => {
  it.each(section('verify'))('%s', (_, { given, expect: expected }) => {
    const texts: string[] = given.macaroons ?? [given.macaroon]
    const bytes = texts.map((text) => decodeMacaroonText(text) ?? new Uint8Array())
    expectOutcome(judgeVector(given, bytes, given.preimage), expected)
  })
})

describe('third-party caveats', () => {
  it.each(section('thirdParty'))('%s', (_, { given, expect: expected }) => {
    const bytes = (given.macaroons as string[]).map((text) => decodeMacaroonText(text) ?? new Uint8Array())
    expectOutcome(judgeVector(given, bytes, given.preimage), expected)
  })
  it('adds a caveat, discharges it and binds the discharge, byte for byte', () => {
    const { given, expect: expected } = vectors.thirdPartyParts
    const before = macaroonOf(given.primaryBefore)
    expect(encodeHex(before.signature)).toBe(expected.boxKey)
    expect(encodeHex(deriveSigningKey(ctx.hmac, hex(given.caveatRootKey)))).toBe(expected.plaintext)
    const caveatId = hex(given.caveatId)
    const primary = appendThirdPartyCaveat(ctx.hmac, before, {
      caveatRootKey: hex(given.caveatRootKey),
      nonce: hex(given.nonce),
      caveatId,
      location: given.location,
    })
    expect(encodeHex(primary.caveats.at(-1)?.verificationId ?? new Uint8Array())).toBe(expected.verificationId)
    expect(encodeHex(primary.signature)).toBe(expected.signatureAfter)
    const discharge = mintDischarge(ctx.hmac, { caveatRootKey: hex(given.caveatRootKey), caveatId, caveats: [] })
    expect(encodeHex(discharge.signature)).toBe(expected.dischargeSignature)
    expect(encodeHex(bindDischarge(ctx.hmac, primary, discharge).signature)).toBe(expected.boundDischargeSignature)
  })
  it('seals a demand into a caveat id of our own form and opens it again', () => {
    const { given, expect: expected } = vectors.thirdPartyCid
    const demand = { caveatRootKey: hex(given.caveatRootKey), predicate: given.predicate }
    const caveatId = sealDemand(hex(given.sharedKey), hex(given.nonce), demand)
    expect(encodeHex(caveatId)).toBe(expected.caveatId)
    expect(openDemand(hex(given.sharedKey), caveatId)).toEqual(demand)
  })
})

describe('challenges', () => {
  it.each(section('challengeEmit'))('%s', (_, { given, expect: expected }) => {
    const challenge = { macaroon: decodeBase64(given.macaroon) ?? new Uint8Array(), invoice: given.invoice }
    const lines = given.kind === 'http' ? [formatChallenge(challenge)] : formatGrpcChallenges(challenge)
    expect(lines).toEqual(expected.lines)
  })
  it.each(section('challengeRead'))('%s', (_, { given, expect: expected }) => {
    const read = readChallenges(given.wwwAuthenticate)
    if (read.kind === 'fault') return expect({ ok: false, reason: read.fault }).toEqual(expected)
    const { scheme, macaroon, invoice } = read
    expect({ ok: true, scheme, macaroon: encodeHex(macaroon), invoice }).toEqual(expected)
  })
})

describe('invoices', () => {
  it.each(section('invoices'))('%s', (_, { given, expect: expected }) => {
    const invoice = readInvoice(expected.invoice)
    if (invoice === null) throw new TypeError('the invoice of a vector does not read')
    expect(invoice).toMatchObject({
      network: given.network,
      amountMsat: BigInt(given.amountMsat),
      description: given.description,
      createdAt: new Date(given.timestamp * 1000),
      expiresAt: new Date((given.timestamp + given.expirySeconds) * 1000),
    })
    expect(encodeHex(invoice.paymentHash)).toBe(given.paymentHash)
    expect(encodeHex(recoverPayee(ctx.sha256, invoice) ?? new Uint8Array())).toBe(expected.payee)
  })
})

describe('credentials', () => {
  it.each(section('credentials'))('%s', (_, { given, expect: expected }) => {
    const method = given.request?.method ?? constants.request.method
    const reading = readCredentials(given.headers, { secureCookies: true, method })
    const parsed = reading.flatMap((one) =>
      one.kind === 'refused'
        ? []
        : {
            via: one.via,
            macaroons: one.macaroons.map((bytes) => encodeHex(ctx.sha256(bytes))),
            preimage: one.preimage === null ? null : encodeHex(one.preimage),
          },
    )
    expect(parsed).toEqual(expected.parsed)
    const judged = judgeAll(reading, (one) =>
      judgeVector(given, [...one.macaroons], one.preimage === null ? null : encodeHex(one.preimage)),
    )
    expectOutcome(judged?.outcome ?? null, expected)
    if (expected.via !== undefined) expect(judged?.credential?.via).toBe(expected.via)
  })
})
