/** Which encoding is chosen, and that what was packed is what was there. */
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { Content } from '#lib/gate/target.ts'
import { encodeUtf8 } from '#lib/l402/bytes.ts'
import { chooseEncoding, packedContent } from './packing.ts'

test.each([
  [null, null],
  ['', null],
  ['identity', null],
  ['gzip, deflate, br, zstd', 'br'],
  ['gzip, deflate', 'gzip'],
  ['br;q=0.1, gzip;q=0.9', 'gzip'],
  ['br;q=0, gzip', 'gzip'],
  ['br;q=0, gzip;q=0', null],
  ['*', 'br'],
  ['*;q=0', null],
  ['BR', 'br'],
  ['x-gzip', 'gzip'],
  ['br;q=x', null],
  ['deflate', null],
] as const)('%s asks for %s', (field, encoding) => {
  expect(chooseEncoding(field)).toBe(encoding)
})

const text = encodeUtf8('The tide turns twice a day. '.repeat(200))
const content: Content = {
  etag: '"abc"',
  length: text.length,
  fields: [
    ['Content-Type', 'text/plain'],
    ['ETag', '"abc"'],
  ],
  body: text,
  packing: 'best',
}

test.each([
  ['br', brotliDecompressSync],
  ['gzip', gunzipSync],
] as const)('%s is smaller, says so under a tag of its own, and is made once', async (encoding, unpack) => {
  const own = { ...content }
  const packing = packedContent(own, encoding)
  expect(packedContent(own, encoding)).toBe(packing)
  const packed = await packing
  expect(packed.length).toBeLessThan(text.length / 4)
  expect(packed.fields).toContainEqual(['Content-Encoding', encoding])
  expect(packed.fields).toContainEqual(['ETag', `"abc-${encoding}"`])
  expect(packed.fields).not.toContainEqual(['ETag', '"abc"'])
  expect(Buffer.compare(unpack(packed.body as Uint8Array), text)).toBe(0)
  expect(packedContent(own, encoding)).toBe(packed)
})

test('what is too short to gain by it stays as it is', () => {
  const short = { ...content, body: text.subarray(0, 200), length: 200 }
  expect(packedContent(short, 'br')).toBe(short)
})
