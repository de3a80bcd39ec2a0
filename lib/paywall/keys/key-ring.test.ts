import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sha256 } from '#lib/crypto.ts'
import { createHmac } from '#lib/l402/bytes.ts'
import { silentLog } from '#tests/support/log.ts'
import { deriveRootKey, wrappingContext } from './key-ring.ts'
import { createRingCache } from './ring-cache.ts'

const hmac = createHmac(sha256)
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const hex = (data: Uint8Array) => Buffer.from(data).toString('hex')

describe('a root key', () => {
  test('is the HMAC-SHA256 of the identifier under the ring key, as another implementation computes it', async () => {
    const { createHmac: nodeHmac } = await import('node:crypto')
    fc.assert(
      fc.property(bytes(32), bytes(66), (ringKey, identifier) => {
        expect(hex(deriveRootKey(hmac, ringKey, identifier))).toBe(
          nodeHmac('sha256', ringKey).update(identifier).digest('hex'),
        )
      }),
    )
  })

  test('of another identifier or another ring key is another one', () => {
    fc.assert(
      fc.property(
        bytes(32),
        bytes(66),
        fc.nat(65),
        fc.nat(31),
        fc.integer({ min: 1, max: 255 }),
        (ringKey, identifier, at, keyAt, change) => {
          const flip = (data: Uint8Array, index: number) => data.map((byte, n) => (n === index ? byte ^ change : byte))
          const root = hex(deriveRootKey(hmac, ringKey, identifier))
          expect(hex(deriveRootKey(hmac, ringKey, flip(identifier, at)))).not.toBe(root)
          expect(hex(deriveRootKey(hmac, flip(ringKey, keyAt), identifier))).not.toBe(root)
        },
      ),
    )
  })

  test.each([
    [31, 66],
    [33, 66],
    [32, 65],
    [32, 67],
  ])('is not derived from a key of %i and an identifier of %i bytes', (key, identifier) => {
    expect(() => deriveRootKey(hmac, new Uint8Array(key), new Uint8Array(identifier))).toThrow(RangeError)
  })
})

describe('a wrapped ring key', () => {
  const wrapping = [
    { id: 'new', key: new Uint8Array(32).fill(1) },
    { id: 'old', key: new Uint8Array(32).fill(2) },
  ]
  const ring = () => createRingCache({ wrapping, log: silentLog })
  const keyId = new Uint8Array([1, 2, 3, 4])
  const key = new Uint8Array(32).fill(42)
  const row = (over: object = {}) => ({
    keyId,
    state: 'active' as const,
    ...ring().wrap('cre_a', { keyId, key }),
    ...over,
  })

  test('opens for its creator, is wrapped under the first key, and opens under a later one', () => {
    expect(row().wrappingKeyId).toBe('new')
    expect(ring().open('cre_a', [row()]).active?.key).toEqual(Buffer.from(key))
    const wrappedBefore = createRingCache({ wrapping: [wrapping[1] ?? { id: '', key }], log: silentLog }).wrap(
      'cre_a',
      { keyId, key },
    )
    expect(ring().open('cre_a', [{ ...row(), ...wrappedBefore }]).active?.key).toEqual(Buffer.from(key))
  })

  test.each([
    ['for another creator', 'cre_b', {}],
    ['under another key id', 'cre_a', { keyId: new Uint8Array([1, 2, 3, 5]) }],
    ['with a changed byte', 'cre_a', { wrapped: row().wrapped.map((byte, n) => (n === 20 ? byte ^ 1 : byte)) }],
    ['cut short', 'cre_a', { wrapped: row().wrapped.subarray(0, 27) }],
    ['under a key-encryption key that is gone', 'cre_a', { wrappingKeyId: 'lost' }],
  ])('does not open %s, and says so as trouble of ours', (_, creatorId, over) => {
    expect(() => ring().open(creatorId, [row(over)])).toThrow(expect.objectContaining({ code: 'database.unavailable' }))
  })

  test('that is retired is not among the keys, even if it cannot be opened any more', () => {
    const keys = ring().open('cre_a', [{ ...row({ wrappingKeyId: 'lost' }), state: 'retired' }])
    expect([keys.active, keys.find(keyId)]).toEqual([null, null])
  })

  test('that verifies is found and does not mint', () => {
    const keys = ring().open('cre_a', [{ ...row(), state: 'verifying' }])
    expect([keys.active, keys.find(keyId)?.state]).toEqual([null, 'verifying'])
  })
})

test('the context of a wrapping is different for every creator and key id', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), bytes(4), bytes(4), (a, b, idA, idB) => {
      const same = a === b && hex(idA) === hex(idB)
      fc.pre(!a.includes('\0') && !b.includes('\0'))
      expect(hex(wrappingContext(a, idA)) === hex(wrappingContext(b, idB))).toBe(same)
    }),
  )
})
