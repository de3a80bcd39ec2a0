import { createHmac as nodeHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sha256 } from '#lib/crypto.ts'
import {
  concatBytes,
  createHmac,
  decodeAnyBase64,
  decodeBase64,
  decodeBase64Url,
  decodeHex,
  decodeLatin1,
  decodeUtf8,
  encodeBase64,
  encodeBase64Url,
  encodeHex,
  encodeUtf8,
  equalBytes,
  equalText,
} from './bytes.ts'

const anyBytes = fc.uint8Array({ maxLength: 400 })
const codecs = [
  ['hex', encodeHex, decodeHex],
  ['base64', encodeBase64, decodeBase64],
  ['base64url', encodeBase64Url, decodeBase64Url],
] as const

describe.each(codecs)('%s', (_, encode, decode) => {
  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(decode(encode(bytes))).toEqual(bytes)
      }),
    )
  })
  it('reads no text that has a foreign character in it', () => {
    fc.assert(
      fc.property(
        anyBytes,
        fc.nat(),
        fc.constantFrom(' ', '!', '\n', '=A', '\u0100', 'g.', '\u00e9', '\u4e00'),
        (bytes, at, foreign) => {
          const text = encode(bytes)
          const place = at % (text.length + 1)
          expect(decode(text.slice(0, place) + foreign + text.slice(place))).toBeNull()
        },
      ),
    )
  })
})

describe('hex', () => {
  it('reads either letter case and writes lower case', () => {
    expect(decodeHex('00fFAb09')).toEqual(new Uint8Array([0, 255, 171, 9]))
    expect(encodeHex(new Uint8Array([0, 255, 171, 9]))).toBe('00ffab09')
  })
  it.each(['0', 'abc', '0g', 'g0', '0x', '--', '@0', '`0', '0G', ':0', '/0'])('refuses %j', (text) => {
    expect(decodeHex(text)).toBeNull()
  })
})

describe('base64', () => {
  it('agrees with the platform in both alphabets, with and without padding', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(encodeBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'))
        expect(encodeBase64Url(bytes)).toBe(Buffer.from(bytes).toString('base64url'))
        expect(decodeBase64(encodeBase64(bytes).replace(/=+$/, ''))).toEqual(bytes)
        expect(decodeBase64Url(encodeBase64Url(bytes).padEnd(Math.ceil(bytes.length / 3) * 4, '='))).toEqual(bytes)
      }),
    )
  })
  it.each([
    ['one digit alone', 'A'],
    ['five digits', 'AAAAA'],
    ['spare bits set in two digits', 'AB'],
    ['spare bits set in three digits', 'AAB'],
    ['half of the padding', 'AA='],
    ['padding where none belongs', 'AAAA='],
    ['a whole group of padding', 'AAAA===='],
    ['three padding characters', 'A==='],
    ['too much padding', 'AAA=='],
    ['padding alone', '=='],
    ['one padding character alone', '='],
    ['padding in the middle', 'AA==AAAA'],
  ])('refuses %s', (_, text) => {
    expect(decodeBase64(text)).toBeNull()
  })
  it.each(['', 'AA', 'AA==', 'AAA', 'AAA=', 'AAAA'])('reads %j as zero bytes', (text) => {
    const digits = text.replaceAll('=', '').length
    expect(decodeBase64(text)).toEqual(new Uint8Array(Math.floor((digits * 3) / 4)))
  })
  it('keeps the alphabets apart', () => {
    expect(decodeBase64('+/+/')).toEqual(new Uint8Array([0xfb, 0xff, 0xbf]))
    expect(decodeBase64Url('-_-_')).toEqual(new Uint8Array([0xfb, 0xff, 0xbf]))
    expect(decodeBase64('-_-_')).toBeNull()
    expect(decodeBase64Url('+/+/')).toBeNull()
  })
  it('takes either alphabet where both are allowed, never a mixture', () => {
    expect(decodeAnyBase64('+/+/')).toEqual(new Uint8Array([0xfb, 0xff, 0xbf]))
    expect(decodeAnyBase64('-_-_')).toEqual(new Uint8Array([0xfb, 0xff, 0xbf]))
    expect(decodeAnyBase64('----')).toEqual(decodeBase64('++++'))
    expect(decodeAnyBase64('____')).toEqual(decodeBase64('////'))
    expect(decodeAnyBase64('+-+-')).toBeNull()
    expect(decodeAnyBase64('+_+/')).toBeNull()
  })
})

describe('hmac', () => {
  const hmac = createHmac(sha256)
  it('is HMAC-SHA256 for every key of a block and every message, also beyond the scratch buffer', () => {
    const key = fc.uint8Array({ maxLength: 64 })
    const message = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ minLength: 1_020, maxLength: 1_100 }))
    fc.assert(
      fc.property(key, message, (k, m) => {
        expect(encodeHex(hmac(k, m))).toBe(nodeHmac('sha256', k).update(m).digest('hex'))
      }),
    )
  })
  it('keeps earlier results when it is called again', () => {
    const first = hmac(new Uint8Array(32), encodeUtf8('a'))
    const kept = encodeHex(first)
    hmac(new Uint8Array(32), encodeUtf8('b'))
    expect(encodeHex(first)).toBe(kept)
  })
  it('refuses a key that one block does not hold', () => {
    expect(() => hmac(new Uint8Array(65), new Uint8Array())).toThrow(
      new RangeError('hmac: expected a key of at most 64 bytes, got 65'),
    )
  })
})

describe('comparing and joining', () => {
  it('tells equal bytes from all others', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 40 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (bytes, at, change) => {
          expect(equalBytes(bytes, bytes.slice())).toBe(true)
          const changed = bytes.slice()
          changed[at % bytes.length] = (changed[at % bytes.length] ?? 0) ^ change
          expect(equalBytes(bytes, changed)).toBe(false)
          expect(equalBytes(bytes, bytes.subarray(1))).toBe(false)
          expect(equalBytes(bytes.subarray(1), bytes)).toBe(false)
        },
      ),
    )
    expect(equalBytes(new Uint8Array(), new Uint8Array())).toBe(true)
  })

  it('texts are equal when every unit is', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 1 }),
        fc.nat(),
        fc.integer({ min: 1, max: 0xffff }),
        (text, at, flip) => {
          const n = at % text.length
          const changed = text.slice(0, n) + String.fromCharCode(text.charCodeAt(n) ^ flip) + text.slice(n + 1)
          expect(equalText(text, `${text}`)).toBe(true)
          expect(equalText(text, changed)).toBe(false)
          expect(equalText(text, text.slice(1))).toBe(false)
          expect(equalText(text.slice(1), text)).toBe(false)
        },
      ),
    )
  })
  it('joins parts in order and in memory of its own', () => {
    const part = new Uint8Array([1, 2])
    const joined = concatBytes(part, new Uint8Array(), new Uint8Array([3]))
    expect(joined).toEqual(new Uint8Array([1, 2, 3]))
    part[0] = 9
    expect(joined[0]).toBe(1)
  })
})

describe('text', () => {
  it('reads back UTF-8 and refuses what is none', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(decodeUtf8(encodeUtf8(text))).toBe(text)
      }),
    )
    expect(decodeUtf8(new Uint8Array([0xc3, 0x28]))).toBeNull()
    expect(decodeUtf8(new Uint8Array([0xef, 0xbb, 0xbf, 0x61]))).toBe('\ufeffa')
  })
  it('reads any bytes as one character each', () => {
    const all = Uint8Array.from({ length: 256 }, (_, i) => i)
    expect([...decodeLatin1(all)].map((character) => character.charCodeAt(0))).toEqual([...all])
  })
})
