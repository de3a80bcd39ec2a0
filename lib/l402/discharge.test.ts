import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ctx } from '#tests/support/l402.ts'
import { concatBytes, encodeUtf8 } from './bytes.ts'
import {
  appendThirdPartyCaveat,
  bindDischarge,
  deriveThirdParty,
  mintDischarge,
  openDemand,
  resolveDischarges,
  runChain,
  sealDemand,
} from './discharge.ts'
import { appendCaveat, type Macaroon, mintMacaroon } from './macaroon.ts'
import { refused } from './refusal.ts'

const rootKey = new Uint8Array(32).fill(1)
const start = mintMacaroon(ctx.hmac, { rootKey, identifier: new Uint8Array(66), caveats: [encodeUtf8('services=a:0')] })
const key = (n: number): Uint8Array => new Uint8Array(32).fill(n)
const id = (n: number): Uint8Array => encodeUtf8(`check-${n}`)
const demandOn = (on: Macaroon, n: number, nonce = n): Macaroon =>
  appendThirdPartyCaveat(ctx.hmac, on, {
    caveatRootKey: key(n),
    nonce: new Uint8Array(24).fill(nonce),
    caveatId: id(n),
    location: 'https://members.example',
  })
const discharge = (n: number, ...caveats: string[]): Macaroon =>
  mintDischarge(ctx.hmac, { caveatRootKey: key(n), caveatId: id(n), caveats: caveats.map(encodeUtf8) })
const resolve = (primary: Macaroon, offered: readonly Macaroon[]) =>
  resolveDischarges(ctx.hmac, { primary, demanded: runChain(ctx.hmac, rootKey, primary).demanded, offered })
const bound = (primary: Macaroon, ...unbound: Macaroon[]): Macaroon[] =>
  unbound.map((one) => bindDischarge(ctx.hmac, primary, one))

describe('resolving', () => {
  it('finds each discharge in any order and hands out its caveats in the order of the demands', () => {
    const primary = demandOn(demandOn(start, 1), 2)
    const [one, two] = bound(primary, discharge(1, 'expiration=1'), discharge(2, 'expiration=2')) as [
      Macaroon,
      Macaroon,
    ]
    for (const offered of [
      [one, two],
      [two, one],
    ]) {
      const resolved = resolve(primary, offered)
      expect(resolved).toMatchObject({ kind: 'resolved', unwanted: [] })
      if (resolved.kind === 'resolved') expect(resolved.caveats).toEqual([...one.caveats, ...two.caveats])
    }
  })
  it('names the macaroons nobody asked for', () => {
    const primary = demandOn(start, 1)
    const [wanted, unwanted] = bound(primary, discharge(1), discharge(2)) as [Macaroon, Macaroon]
    expect(resolve(primary, [unwanted, wanted])).toEqual({ kind: 'resolved', caveats: [], unwanted: [unwanted] })
    expect(resolve(start, [unwanted])).toEqual({ kind: 'resolved', caveats: [], unwanted: [unwanted] })
  })
  it('one of two missing is missing, whatever is wrong with the other', () => {
    const primary = demandOn(demandOn(start, 1), 2)
    expect(resolve(primary, bound(primary, discharge(1)))).toEqual(refused('discharge_missing'))
    expect(resolve(primary, [discharge(1)])).toEqual(refused('discharge_missing'))
    expect(resolve(primary, [])).toEqual(refused('discharge_missing'))
  })
  it('a discharge is good for one demand only', () => {
    const primary = demandOn(demandOn(start, 1, 7), 1, 8)
    const [one] = bound(primary, discharge(1)) as [Macaroon]
    expect(resolve(primary, [one])).toEqual(refused('discharge_invalid'))
    expect(resolve(primary, [one, one])).toEqual(refused('discharge_invalid'))
  })
  it('the same discharge offered twice leaves one of them unwanted', () => {
    const primary = demandOn(start, 1)
    const [one] = bound(primary, discharge(1)) as [Macaroon]
    expect(resolve(primary, [one, one])).toEqual({ kind: 'resolved', caveats: [], unwanted: [one] })
  })
  it('a discharge that is unbound, bound elsewhere, changed or of another key is invalid', () => {
    const primary = demandOn(start, 1)
    const [good] = bound(primary, discharge(1)) as [Macaroon]
    expect(resolve(primary, [good]).kind).toBe('resolved')
    const wrongKey = mintDischarge(ctx.hmac, { caveatRootKey: key(9), caveatId: id(1), caveats: [] })
    const bad = [
      discharge(1),
      bindDischarge(ctx.hmac, start, discharge(1)),
      appendCaveat(ctx.hmac, good, encodeUtf8('expiration=1')),
      { ...good, caveats: discharge(1, 'expiration=1').caveats },
      bindDischarge(ctx.hmac, primary, wrongKey),
    ]
    for (const one of bad) expect(resolve(primary, [one])).toEqual(refused('discharge_invalid'))
  })
  it('goes two levels deep and no further', () => {
    const primary = demandOn(start, 1)
    const levels = (count: number): Macaroon[] =>
      Array.from({ length: count }, (_, i) => (i === count - 1 ? discharge(i + 1) : demandOn(discharge(i + 1), i + 2)))
    expect(resolve(primary, bound(primary, ...levels(1))).kind).toBe('resolved')
    expect(resolve(primary, bound(primary, ...levels(2))).kind).toBe('resolved')
    expect(resolve(primary, bound(primary, ...levels(3)))).toEqual(refused('discharge_invalid'))
    expect(resolve(primary, bound(primary, ...levels(2).slice(0, 1)))).toEqual(refused('discharge_missing'))
  })
  it('a verification id that its chain value does not open is invalid, discharge or not', () => {
    const good = demandOn(start, 1)
    const caveat = good.caveats.at(-1)
    if (caveat?.verificationId == null) throw new TypeError('no third-party caveat')
    const changed = caveat.verificationId.slice()
    changed[30] = (changed[30] ?? 0) ^ 1
    const primary = { ...good, caveats: [...start.caveats, { ...caveat, verificationId: changed }] }
    expect(resolve(primary, bound(primary, discharge(1)))).toEqual(refused('discharge_invalid'))
    expect(resolve(primary, [])).toEqual(refused('discharge_invalid'))
  })
})

describe('adding', () => {
  it('keeps the location as a hint for the holder', () => {
    expect(demandOn(start, 1).caveats.at(-1)?.location).toEqual(encodeUtf8('https://members.example'))
    expect(
      mintDischarge(ctx.hmac, { caveatRootKey: key(1), caveatId: id(1), caveats: [], location: 'm' }).location,
    ).toEqual(encodeUtf8('m'))
    expect(discharge(1).location).toBeNull()
  })
})

describe('demands in caveat ids of our own form', () => {
  const predicate = fc
    .string({ minLength: 1, maxLength: 30, unit: 'grapheme' })
    .filter((text) => encodeUtf8(text).length <= 128)
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
  it('open with the shared key and with no other', () => {
    fc.assert(
      fc.property(bytes(32), bytes(24), bytes(32), predicate, fc.nat(), (sharedKey, nonce, caveatRootKey, text, at) => {
        const caveatId = sealDemand(sharedKey, nonce, { caveatRootKey, predicate: text })
        expect(openDemand(sharedKey, caveatId)).toEqual({ caveatRootKey, predicate: text })
        const changed = caveatId.slice()
        changed[at % caveatId.length] = (changed[at % caveatId.length] ?? 0) ^ 1
        expect(openDemand(sharedKey, changed)).toBeNull()
        expect(
          openDemand(
            sharedKey.map((byte) => byte ^ 1),
            caveatId,
          ),
        ).toBeNull()
      }),
    )
  })
  it('have a predicate of 1 to 128 bytes and a root key of 32', () => {
    const seal = (text: string, rootBytes = 32) =>
      sealDemand(key(1), new Uint8Array(24), { caveatRootKey: new Uint8Array(rootBytes), predicate: text })
    expect(openDemand(key(1), seal('a'))?.predicate).toBe('a')
    expect(openDemand(key(1), seal('a'.repeat(128)))?.predicate).toBe('a'.repeat(128))
    expect(() => seal('')).toThrow(new RangeError('predicate: expected 1 to 128 bytes'))
    expect(() => seal('é'.repeat(65))).toThrow(new RangeError('predicate: expected 1 to 128 bytes'))
    expect(() => seal('a', 31)).toThrow(new RangeError('caveat root key: expected 32 bytes'))
  })
  it('are nothing else: other version, too short, too long, predicate no UTF-8', () => {
    const sealed = sealDemand(key(1), new Uint8Array(24), { caveatRootKey: key(2), predicate: 'a' })
    expect(openDemand(key(1), sealed.subarray(0, sealed.length - 1))).toBeNull()
    expect(openDemand(key(1), concatBytes(new Uint8Array([2]), sealed.subarray(1)))).toBeNull()
    expect(openDemand(key(1), new Uint8Array())).toBeNull()
    expect(openDemand(key(1), concatBytes(new Uint8Array([1]), new Uint8Array(300)))).toBeNull()
    const asVid = appendThirdPartyCaveat(
      ctx.hmac,
      { ...start, signature: key(1) },
      {
        caveatRootKey: key(3),
        nonce: new Uint8Array(24),
        caveatId: id(1),
        location: 'm',
      },
    ).caveats.at(-1)?.verificationId
    // A box with a root key and no predicate behind it.
    expect(openDemand(key(1), concatBytes(new Uint8Array([1]), asVid ?? new Uint8Array()))).toBeNull()
  })
  it('are none when the predicate is no UTF-8', () => {
    const nonce = new Uint8Array(24)
    const open = (predicate: Uint8Array) =>
      openDemand(
        key(1),
        concatBytes(
          new Uint8Array([1]),
          nonce,
          xsalsa20poly1305(key(1), nonce).encrypt(concatBytes(key(2), predicate)),
        ),
      )
    expect(open(encodeUtf8('é'))).toEqual({ caveatRootKey: key(2), predicate: 'é' })
    expect(open(new Uint8Array([0xc3]))).toBeNull()
    expect(open(new Uint8Array(129).fill(65))).toBeNull()
  })
  it('come from root key and position alone, every use with bytes of its own', () => {
    const all = [0, 1, 47].flatMap((position) =>
      Object.values(deriveThirdParty(ctx.hmac, key(1), position)).map(String),
    )
    expect(new Set(all).size).toBe(9)
    expect(deriveThirdParty(ctx.hmac, key(1), 3)).toEqual(deriveThirdParty(ctx.hmac, key(1), 3))
    expect(deriveThirdParty(ctx.hmac, key(2), 3)).not.toEqual(deriveThirdParty(ctx.hmac, key(1), 3))
  })
})
