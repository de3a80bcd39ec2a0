import { describe, expect, test } from 'vitest'
import { sha256 } from '#lib/crypto.ts'
import { createHmac, encodeHex } from '#lib/l402/bytes.ts'
import { asTokenId } from '#lib/l402/identifier.ts'
import { opens } from '#lib/l402/preimage.ts'
import { deriveReceipt, inLockOrder, type Use } from './entitlement.ts'

const l402 = { sha256, hmac: createHmac(sha256) }
const key = new Uint8Array(32).fill(1)
const tokenId = asTokenId(new Uint8Array(32).fill(2))

describe('a receipt', () => {
  test('is the same whenever it is derived, and opens its own hash', () => {
    const first = deriveReceipt(l402, key, tokenId)
    expect(deriveReceipt(l402, key, tokenId)).toEqual(first)
    expect(opens(sha256, first.preimage, first.paymentHash)).toBe(true)
  })

  // Receipts that are out there hold this secret: another label would make all of them worthless.
  test('keeps its derivation', () => {
    const { hmac } = l402
    const label = new TextEncoder().encode('satstile/l402/receipt/v1\0')
    const expected = hmac(key, new Uint8Array([...label, ...tokenId]))
    expect(encodeHex(deriveReceipt(l402, key, tokenId).preimage)).toBe(encodeHex(expected))
  })

  test('of another token or another key is another secret', () => {
    const own = encodeHex(deriveReceipt(l402, key, tokenId).preimage)
    const otherToken = deriveReceipt(l402, key, asTokenId(new Uint8Array(32).fill(3)))
    const otherKey = deriveReceipt(l402, new Uint8Array(32).fill(4), tokenId)
    for (const other of [otherToken, otherKey]) expect(encodeHex(other.preimage)).not.toBe(own)
  })
})

describe('the counters of one request', () => {
  const use = (kind: Use['kind']): Use => ({ kind, cost: 1n, limit: 1n })

  test('are taken in one order, however a token lists them', () => {
    const kinds = (uses: Use[]) => inLockOrder(uses).map(({ kind }) => kind)
    const expected = ['bytes', 'seconds', 'uses', 'volume']
    expect(kinds([use('volume'), use('uses'), use('seconds'), use('bytes')])).toEqual(expected)
    expect(kinds([use('uses'), use('volume'), use('bytes'), use('seconds')])).toEqual(expected)
  })
})
