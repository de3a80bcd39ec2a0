import { expect, test } from 'vitest'
import { sha256 } from '#lib/crypto.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import { markOf, parseBlock } from './block.ts'

const ID = new Uint8Array(32).fill(3)
const MARK = markOf(sha256, ID)

test.each([
  ['203.0.113.7', '203.0.113.7/32'],
  [' 203.0.113.0/24 ', '203.0.113.0/24'],
  ['2001:DB8:0::1', '2001:db8::1/128'],
  ['2001:db8::/32', '2001:db8::/32'],
  ['::ffff:203.0.113.7', '203.0.113.7/32'],
])('%s is the network %s', (typed, network) => {
  expect(parseBlock(sha256, typed)).toEqual({ kind: 'network', network })
})

test('a token is one and the same by its id and by its name at an upstream, in any letters', () => {
  for (const typed of [encodeHex(ID), encodeHex(MARK), encodeHex(MARK).toUpperCase()])
    expect(parseBlock(sha256, typed)).toEqual({ kind: 'token', mark: MARK })
})

test.each([
  '',
  ' ',
  '10.0.0.0/7',
  '2001::/15',
  '203.0.113.7/24',
  '203.0.113.0/33',
  '203.0.113.0/024',
  'harbor',
  'ff',
  'x'.repeat(20_000),
])('what names neither is a sentence: %#', (typed) => {
  expect(parseBlock(sha256, typed)).toEqual({ kind: 'invalid', message: expect.stringMatching(/\.$/) })
})
