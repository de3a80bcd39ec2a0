/** What an answer tells of itself is read however it is packed, cut and spelt; what cannot be believed is nothing. */
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeUtf8 } from '#lib/l402/bytes.ts'
import type { VolumeMeter } from '#lib/paywall/entitlements/volume-meter.ts'
import { observe } from './observer.ts'

const METER: VolumeMeter = {
  unit: 'token',
  told: { from: 'json', values: [{ pointer: '/u/n', weightMilli: 1_500 }] },
  estimate: { units: 1, asked: null },
}
const head = (fields: Record<string, string>) => ({ field: (name: string) => fields[name] ?? null })

/** Pushes the bytes cut at these parts of their length. */
function read(bytes: Uint8Array, fields: Record<string, string>, cuts: readonly number[] = []) {
  const observer = observe(METER, head(fields))
  const ends = [...cuts.map((part) => Math.floor(part * bytes.length)), bytes.length].sort((a, b) => a - b)
  for (const [n, end] of ends.entries()) observer.push(bytes.subarray(ends[n - 1] ?? 0, end))
  return observer.end({})
}

const EVENTS = { 'content-type': 'text/event-stream; charset=utf-8' }
const stream = (text: string, cuts?: readonly number[]) => read(encodeUtf8(text), EVENTS, cuts)

describe('a stream of events', () => {
  test.each([
    [
      'the last event that holds it',
      'data: {"u":{"n":1}}\n\ndata: {"u":{"n":4}}\n\ndata: {"u":null}\n\ndata: [DONE]\n\n',
    ],
    ['without a blank behind the colon', 'data:{"u":{"n":4}}\n\n'],
    ['over several lines', 'data: {"u":\ndata: {"n":\ndata: 4}}\n\n'],
    ['with other fields, comments and names', ': hi\nid: 7\nevent: usage\ndata: {"u":{"n":4}}\nretry: 1\n\n: bye\n'],
  ])('tells by %s, whatever its ends of line and wherever it is cut', async (_name, text) => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 }),
        async (line, cuts) => {
          expect(await stream(text.replaceAll('\n', line), cuts)).toBe(6_000n)
        },
      ),
      { numRuns: 40 },
    )
  })

  test.each([
    'data: {"u":{"n":4}}\n',
    'datax: {"u":{"n":4}}\n\n',
    ' data: {"u":{"n":4}}\n\n',
    'data: {"u":{"n":4}\n\n',
    '',
  ])('tells nothing by %j', async (text) => {
    expect(await stream(text)).toBeNull()
  })
})

describe('a packed body', () => {
  const bytes = encodeUtf8('{"u":{"n":4}}')
  test.each([
    ['gzip', gzipSync(bytes)],
    ['X-GZIP', gzipSync(bytes)],
    ['deflate', deflateSync(bytes)],
    ['br', brotliCompressSync(bytes)],
    ['zstd', zstdCompressSync(bytes)],
    ['identity', bytes],
  ])('is read as %s', async (name, packed) => {
    expect(await read(packed, { 'content-encoding': name }, [0.3, 0.6])).toBe(6_000n)
  })

  test.each([
    ['of an unknown kind', 'lzma', bytes],
    ['twice packed', 'gzip, gzip', gzipSync(gzipSync(bytes))],
    ['that is not what it says', 'gzip', bytes],
    ['that breaks off', 'gzip', gzipSync(bytes).subarray(0, 20)],
    ['that unpacks to more than anybody reads', 'gzip', gzipSync(Buffer.alloc(70_000_000))],
  ])('%s tells nothing', async (_name, encoding, packed) => {
    expect(await read(packed, { 'content-encoding': encoding })).toBeNull()
  })
})
