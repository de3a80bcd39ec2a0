import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ctx } from '#tests/support/l402.ts'
import { concatBytes, encodeHex, encodeUtf8, equalBytes } from './bytes.ts'
import {
  appendAnyCaveat,
  appendCaveat,
  decodeMacaroon,
  decodeMacaroons,
  encodeMacaroon,
  hasOurLocation,
  type Macaroon,
  type MacaroonCaveat,
  mintMacaroon,
  signatureOf,
} from './macaroon.ts'
import { refused } from './refusal.ts'

const sized = (min: number, max: number) => fc.uint8Array({ minLength: min, maxLength: max })
const caveat: fc.Arbitrary<MacaroonCaveat> = fc.oneof(
  fc.record({ id: sized(1, 200), verificationId: fc.constant(null), location: fc.constant(null) }),
  fc.record({ id: sized(1, 60), verificationId: sized(72, 72), location: fc.option(sized(1, 130)) }),
)
const macaroon: fc.Arbitrary<Macaroon> = fc.record({
  location: fc.option(sized(1, 256)),
  identifier: sized(1, 512),
  caveats: fc.array(caveat, { maxLength: 8 }),
  signature: sized(32, 32),
})
const first = (id: Uint8Array): MacaroonCaveat => ({ id, verificationId: null, location: null })
const plain: Macaroon = {
  location: encodeUtf8('satstile'),
  identifier: new Uint8Array(66).fill(1),
  caveats: [first(encodeUtf8('services=a:0'))],
  signature: new Uint8Array(32).fill(9),
}

describe('codec', () => {
  it('reads back every macaroon that it writes, alone and behind one another', () => {
    fc.assert(
      fc.property(fc.array(macaroon, { minLength: 1, maxLength: 5 }), (list) => {
        const bytes = list.map(encodeMacaroon)
        expect(decodeMacaroons(concatBytes(...bytes))).toEqual({ kind: 'read', macaroons: list })
        expect(decodeMacaroon(bytes[0] ?? new Uint8Array())).toEqual({ kind: 'read', macaroon: list[0] })
      }),
    )
  })
  it('what it reads has one spelling: writing it again gives the same bytes', () => {
    const change = fc.record({ at: fc.nat(), byte: fc.nat(255), way: fc.constantFrom('set', 'drop', 'add') })
    fc.assert(
      fc.property(macaroon, fc.array(change, { minLength: 1, maxLength: 3 }), (original, changes) => {
        let bytes = encodeMacaroon(original)
        for (const { at, byte, way } of changes) {
          const place = at % bytes.length
          const middle = way === 'drop' ? [] : [byte]
          bytes = concatBytes(
            bytes.subarray(0, place),
            new Uint8Array(middle),
            bytes.subarray(way === 'add' ? place : place + 1),
          )
        }
        const decoded = decodeMacaroons(bytes)
        if (decoded.kind === 'read') expect(concatBytes(...decoded.macaroons.map(encodeMacaroon))).toEqual(bytes)
      }),
      { numRuns: 3_000 },
    )
  })
  it('never throws on foreign bytes and never reads beyond them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const decoded = decodeMacaroons(concatBytes(new Uint8Array([2]), bytes))
        expect(['read', 'refused']).toContain(decoded.kind)
      }),
      { numRuns: 2_000 },
    )
  })
  it('no field allocates: every one is a view into the bytes that came', () => {
    const bytes = encodeMacaroon(plain)
    const decoded = decodeMacaroon(bytes)
    if (decoded.kind === 'refused') throw new TypeError('does not decode')
    const { location, identifier, caveats, signature } = decoded.macaroon
    for (const field of [location, identifier, signature, caveats[0]?.id]) expect(field?.buffer).toBe(bytes.buffer)
  })
  it('reads five macaroons in one text, never six', () => {
    const one = encodeMacaroon(plain)
    expect(decodeMacaroons(concatBytes(one, one, one, one, one)).kind).toBe('read')
    expect(decodeMacaroons(concatBytes(one, one, one, one, one, one))).toEqual(refused('text'))
  })
  it('where one macaroon is wanted, a second one behind it is refused', () => {
    const one = encodeMacaroon(plain)
    expect(decodeMacaroon(one).kind).toBe('read')
    expect(decodeMacaroon(concatBytes(one, one))).toEqual(refused('structure'))
    expect(decodeMacaroon(new Uint8Array())).toEqual(refused('structure'))
    expect(decodeMacaroon(new Uint8Array([1]))).toEqual(refused('version'))
  })
  it('holds 4,096 bytes, not one more', () => {
    const of = (last: number): Macaroon => ({
      ...plain,
      caveats: [
        ...Array.from({ length: 3 }, () => first(new Uint8Array(1024).fill(65))),
        first(new Uint8Array(last).fill(66)),
      ],
    })
    const room = 4096 - encodeMacaroon(of(500)).length + 500
    const full = encodeMacaroon(of(room))
    expect(full).toHaveLength(4096)
    expect(decodeMacaroon(full).kind).toBe('read')
    expect(() => encodeMacaroon(of(room + 1))).toThrow(new RangeError('macaroon: longer than 4096 bytes'))
    // Each by itself: five of them behind one another are no longer macaroon.
    expect(decodeMacaroons(concatBytes(full, full, full, full, full)).kind).toBe('read')
  })
  it.each([
    ['structure', '02'],
    ['structure', '0202'],
    ['structure', '020201'],
    ['structure', '0202ff'],
    ['structure', '0202ffff'],
    ['structure', '0202ff00'],
    ['structure', '0202ff7f'],
    ['structure', '02020161'],
    ['structure', '0202016100'],
    ['structure', '020201610000'],
    ['structure', `020201610000061f${'00'.repeat(31)}`],
    ['structure', `0202016100000621${'00'.repeat(33)}`],
    ['version', '03'],
    ['version', '00'],
  ] as const)('refuses as %s: %s', (detail, bytes) => {
    expect(decodeMacaroons(Uint8Array.from(Buffer.from(bytes, 'hex')))).toEqual(refused(detail))
  })
  it('reads the shortest macaroon there is', () => {
    const bytes = Uint8Array.from(Buffer.from(`02020161000006${'20'}${'00'.repeat(32)}`, 'hex'))
    expect(decodeMacaroon(bytes)).toEqual({
      kind: 'read',
      macaroon: { location: null, identifier: encodeUtf8('a'), caveats: [], signature: new Uint8Array(32) },
    })
  })
})

describe('writing what nobody could read is a mistake of ours', () => {
  it.each([
    ['identifier of 0 bytes, expected 1 to 512', { ...plain, identifier: new Uint8Array() }],
    ['identifier of 513 bytes, expected 1 to 512', { ...plain, identifier: new Uint8Array(513) }],
    ['location of 0 bytes, expected 1 to 256', { ...plain, location: new Uint8Array() }],
    ['location of 257 bytes, expected 1 to 256', { ...plain, location: new Uint8Array(257) }],
    ['a signature has 32 bytes', { ...plain, signature: new Uint8Array(31) }],
    ['more than 48 caveats', { ...plain, caveats: Array.from({ length: 49 }, () => first(new Uint8Array([1]))) }],
    ['caveat id of 0 bytes, expected 1 to 1024', { ...plain, caveats: [first(new Uint8Array())] }],
    ['caveat id of 1025 bytes, expected 1 to 1024', { ...plain, caveats: [first(new Uint8Array(1025))] }],
    [
      'location of a caveat of 257 bytes, expected 1 to 256',
      {
        ...plain,
        caveats: [{ id: new Uint8Array(1), verificationId: new Uint8Array(72), location: new Uint8Array(257) }],
      },
    ],
    [
      'a third-party caveat has a verification id of 72 bytes, any other has no location',
      { ...plain, caveats: [{ id: new Uint8Array(1), verificationId: new Uint8Array(71), location: null }] },
    ],
    [
      'a third-party caveat has a verification id of 72 bytes, any other has no location',
      { ...plain, caveats: [{ id: new Uint8Array(1), verificationId: null, location: new Uint8Array(1) }] },
    ],
  ])('%s', (message, bad) => {
    expect(() => encodeMacaroon(bad)).toThrow(new RangeError(`macaroon: ${message}`))
  })
  it('at the limits it writes', () => {
    const long = {
      ...plain,
      identifier: new Uint8Array(512),
      location: new Uint8Array(256),
      caveats: [first(new Uint8Array(1024))],
    }
    expect(decodeMacaroon(encodeMacaroon(long))).toEqual({ kind: 'read', macaroon: long })
    const many = { ...plain, caveats: Array.from({ length: 48 }, () => first(new Uint8Array([1]))) }
    expect(decodeMacaroon(encodeMacaroon(many))).toEqual({ kind: 'read', macaroon: many })
  })
})

describe('chain', () => {
  it('an appended caveat signs as if it had been minted', () => {
    fc.assert(
      fc.property(sized(32, 32), sized(1, 80), fc.array(sized(1, 80), { maxLength: 6 }), (rootKey, identifier, ids) => {
        const minted = mintMacaroon(ctx.hmac, { rootKey, identifier, caveats: ids })
        let grown = mintMacaroon(ctx.hmac, { rootKey, identifier, caveats: [] })
        for (const id of ids) grown = appendCaveat(ctx.hmac, grown, id)
        expect(grown).toEqual(minted)
        expect(signatureOf(ctx.hmac, rootKey, minted)).toEqual(minted.signature)
      }),
    )
  })
  it('every byte that is signed changes the signature', () => {
    const rootKey = new Uint8Array(32).fill(3)
    const change = (bytes: Uint8Array, at: number): Uint8Array =>
      bytes.map((byte, i) => (i === at % bytes.length ? byte ^ 1 : byte))
    fc.assert(
      fc.property(macaroon, fc.nat(), (one, at) => {
        const signature = encodeHex(signatureOf(ctx.hmac, rootKey, one))
        const others = [
          { ...one, identifier: change(one.identifier, at) },
          ...one.caveats.map((_, i) => ({
            ...one,
            caveats: one.caveats.map((old, j) => (i === j ? { ...old, id: change(old.id, at) } : old)),
          })),
          ...one.caveats.flatMap(({ verificationId }, i) =>
            verificationId === null
              ? []
              : {
                  ...one,
                  caveats: one.caveats.map((old, j) =>
                    i === j ? { ...old, verificationId: change(verificationId, at) } : old,
                  ),
                },
          ),
          { ...one, caveats: [...one.caveats, first(new Uint8Array([1]))] },
        ]
        for (const other of others) expect(encodeHex(signatureOf(ctx.hmac, rootKey, other))).not.toBe(signature)
        expect(encodeHex(signatureOf(ctx.hmac, change(rootKey, at), one))).not.toBe(signature)
      }),
    )
  })
  it('a caveat past the limits is not appended', () => {
    const full = { ...plain, caveats: Array.from({ length: 48 }, () => first(new Uint8Array([1]))) }
    expect(() => appendCaveat(ctx.hmac, full, new Uint8Array([1]))).toThrow(
      new RangeError('macaroon: more than 48 caveats'),
    )
    const almost = { ...full, caveats: full.caveats.slice(1) }
    expect(appendCaveat(ctx.hmac, almost, new Uint8Array([1])).caveats).toHaveLength(48)
    expect(() => appendCaveat(ctx.hmac, plain, new Uint8Array())).toThrow(RangeError)
    expect(() =>
      appendAnyCaveat(ctx.hmac, plain, { ...first(new Uint8Array([1])), location: new Uint8Array([1]) }),
    ).toThrow(RangeError)
  })
})

describe('location', () => {
  it('is ours only byte for byte', () => {
    expect(hasOurLocation(plain)).toBe(true)
    for (const other of ['Satstile', 'satstile ', 'satstil', 'lsat', '']) {
      expect(hasOurLocation({ ...plain, location: encodeUtf8(other) })).toBe(false)
    }
    expect(hasOurLocation({ ...plain, location: null })).toBe(false)
  })
  it('is ours on what we mint, unless another or none is asked for', () => {
    const input = { rootKey: new Uint8Array(32), identifier: new Uint8Array(1), caveats: [] }
    expect(hasOurLocation(mintMacaroon(ctx.hmac, input))).toBe(true)
    expect(mintMacaroon(ctx.hmac, { ...input, location: null }).location).toBeNull()
    const other = mintMacaroon(ctx.hmac, { ...input, location: encodeUtf8('m') }).location
    expect(other !== null && equalBytes(other, encodeUtf8('m'))).toBe(true)
  })
})
