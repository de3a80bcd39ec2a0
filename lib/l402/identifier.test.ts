import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ctx } from '#tests/support/l402.ts'
import { concatBytes, encodeHex } from './bytes.ts'
import { asTokenId, composeTokenId, decodeIdentifier, encodeIdentifier } from './identifier.ts'
import { asPaymentHash, asPreimage, opens, parsePreimage } from './preimage.ts'
import { furthest, refusalOf, refused } from './refusal.ts'

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })

describe('identifier', () => {
  it('reads back hash, token id and key id', () => {
    fc.assert(
      fc.property(bytes(32), bytes(4), bytes(28), (paymentHash, keyId, random) => {
        const tokenId = composeTokenId(keyId, random)
        const encoded = encodeIdentifier({ paymentHash, tokenId })
        expect(encoded.length).toBe(66)
        expect(decodeIdentifier(encoded)).toEqual({ kind: 'read', identifier: { paymentHash, tokenId, keyId } })
        expect(tokenId).toEqual(concatBytes(keyId, random))
      }),
    )
  })
  it('refuses every other version and length', () => {
    const good = encodeIdentifier({ paymentHash: new Uint8Array(32).fill(1), tokenId: new Uint8Array(32).fill(2) })
    const version = (first: number, second: number): Uint8Array =>
      concatBytes(new Uint8Array([first, second]), good.subarray(2))
    expect(decodeIdentifier(version(0, 0)).kind).toBe('read')
    expect(decodeIdentifier(version(0, 1))).toEqual(refused('identifier'))
    expect(decodeIdentifier(version(1, 0))).toEqual(refused('identifier'))
    expect(decodeIdentifier(good.subarray(0, 65))).toEqual(refused('identifier'))
    expect(decodeIdentifier(concatBytes(good, new Uint8Array(1)))).toEqual(refused('identifier'))
  })
  it.each([
    [
      'payment hash: expected 32 bytes, got 31',
      () => encodeIdentifier({ paymentHash: new Uint8Array(31), tokenId: new Uint8Array(32) }),
    ],
    [
      'token id: expected 32 bytes, got 33',
      () => encodeIdentifier({ paymentHash: new Uint8Array(32), tokenId: new Uint8Array(33) }),
    ],
    ['token id: expected 32 bytes, got 0', () => asTokenId(new Uint8Array())],
    ['key id: expected 4 bytes, got 5', () => composeTokenId(new Uint8Array(5), new Uint8Array(28))],
    ['random part: expected 28 bytes, got 27', () => composeTokenId(new Uint8Array(4), new Uint8Array(27))],
    ['payment hash: expected 32 bytes, got 1', () => asPaymentHash(new Uint8Array(1))],
    ['preimage: expected 32 bytes, got 33', () => asPreimage(new Uint8Array(33))],
  ])('a wrong length is a mistake of ours: %s', (message, work) => {
    expect(work).toThrow(new RangeError(message))
  })
  it('takes the right lengths', () => {
    expect(asTokenId(new Uint8Array(32)).length).toBe(32)
    expect(asPaymentHash(new Uint8Array(32)).length).toBe(32)
  })
})

describe('preimage', () => {
  it('opens the hash that is its SHA-256 and no other', () => {
    fc.assert(
      fc.property(bytes(32), bytes(32), (one, other) => {
        const preimage = asPreimage(one)
        const paymentHash = asPaymentHash(ctx.sha256(one))
        expect(opens(ctx.sha256, preimage, paymentHash)).toBe(true)
        expect(opens(ctx.sha256, asPreimage(other), paymentHash)).toBe(encodeHex(one) === encodeHex(other))
        // The hash itself is public: shown in place of the preimage it opens nothing.
        expect(opens(ctx.sha256, asPreimage(paymentHash), paymentHash)).toBe(false)
      }),
    )
  })
  it('is 64 hex digits of any case, nothing else', () => {
    expect(parsePreimage('aB'.repeat(32))).toEqual(new Uint8Array(32).fill(0xab))
    for (const text of [
      '',
      'ab'.repeat(31),
      'ab'.repeat(33),
      `${'ab'.repeat(32)}\n`,
      ` ${'ab'.repeat(32)}`,
      'zz'.repeat(32),
      '0x'.repeat(32),
    ]) {
      expect(parsePreimage(text)).toBeNull()
    }
  })
})

describe('refusal', () => {
  it('names the reason of protocol.md §9', () => {
    expect(refusalOf('key')).toMatchObject({ reason: 'l402.signature_invalid', detail: 'key' })
    expect(refusalOf('unproven')).toMatchObject({ reason: 'l402.missing', detail: 'preimage' })
    expect(refusalOf('preimage')).toMatchObject({ reason: 'l402.preimage_mismatch', detail: 'preimage' })
    expect(refusalOf('service_revoked')).toMatchObject({ reason: 'l402.revoked', detail: 'revoked' })
    expect(refused('rate')).toMatchObject({ kind: 'refused', refusal: { reason: 'limit.rate', detail: 'rate' } })
  })
  it('the refusal that got further is told, of equals the first', () => {
    const early = refusalOf('text')
    const late = refusalOf('tier')
    expect(furthest(null, early)).toBe(early)
    expect(furthest(early, late)).toBe(late)
    expect(furthest(late, early)).toBe(late)
    const twin = { ...late }
    expect(furthest(late, twin)).toBe(late)
  })
  it('cannot be changed by whoever gets it', () => {
    expect(Object.isFrozen(refused('text'))).toBe(true)
    expect(Object.isFrozen(refusalOf('text'))).toBe(true)
  })
})
