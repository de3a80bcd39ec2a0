/** The bytes of `pricesrpc`: what we write is read by anybody, and nothing that comes back is taken for a price that it is not. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeHex } from '#lib/l402/bytes.ts'
import { decodeGetPrice, encodeGetPrice } from './prices-rpc.ts'

const asked = { method: 'GET', path: '/a', query: [['x', '1 2']] } as const

test('path and request stand in their fields', () => {
  const text = 'GET /a?x=1+2 HTTP/1.1\r\n\r\n'
  expect(encodeHex(encodeGetPrice(asked))).toBe(
    `0a022f6112${text.length.toString(16)}${Buffer.from(text).toString('hex')}`,
  )
  expect(encodeGetPrice({ ...asked, path: `/${'a'.repeat(299)}` }).subarray(0, 3)).toEqual(new Uint8Array([10, 172, 2]))
})

test.each<[string, bigint]>([
  ['0807', 7_000n],
  ['08ac02', 300_000n],
  // A field of a later version on either side.
  ['120378797a0807', 7_000n],
  ['08071d01020304', 7_000n],
  // Of two the last one counts, as everywhere in protocol buffers.
  ['08010807', 7_000n],
])('%s is a price', (hex, amountMsat) => {
  expect(decodeGetPrice(Buffer.from(hex, 'hex'))).toMatchObject({ kind: 'price', amountMsat })
})

test.each([
  '',
  '08',
  '0880',
  '0800',
  '08ffffffffffffffffff01',
  '1205',
  '0b',
  '08070b',
  '1d0102',
  `08${'ff'.repeat(11)}`,
])('%s is none', (hex) => {
  expect(decodeGetPrice(Buffer.from(hex, 'hex'))).toMatchObject({ kind: 'unusable' })
})

test('whatever bytes come, the answer is a price above zero or a sentence', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const read = decodeGetPrice(bytes)
      expect(read.kind === 'unusable' || read.amountMsat > 0n).toBe(true)
    }),
  )
})
