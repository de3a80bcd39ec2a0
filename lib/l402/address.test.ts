import { BlockList } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blockCovers, blockHolds, type CidrBlock, type IpAddress, parseAddress, parseCidrBlock } from './address.ts'

const read = (text: string): CidrBlock => {
  const block = parseCidrBlock(text)
  if (block === null) throw new TypeError(`no block: ${text}`)
  return block
}
const address = (text: string): IpAddress => {
  const parsed = parseAddress(text)
  if (parsed === null) throw new TypeError(`no address: ${text}`)
  return parsed
}

describe('addresses', () => {
  it.each([
    ['0.0.0.0', [0, 0, 0, 0]],
    ['255.1.20.9', [255, 1, 20, 9]],
    ['::', new Array(16).fill(0)],
    ['::1', [...new Array(15).fill(0), 1]],
    ['1::', [0, 1, ...new Array(14).fill(0)]],
    ['2001:DB8::a0:1', [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xa0, 0, 1]],
    ['1:2:3:4:5:6:7:8', [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]],
    ['1:2:3:4:5:6:7::', [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 0]],
    ['1:2:3:4:5:6:1.2.3.4', [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 1, 2, 3, 4]],
    ['::ffff:1.2.3.4', [1, 2, 3, 4]],
    ['::FFFF:102:304', [1, 2, 3, 4]],
    ['::1.2.3.4', [...new Array(12).fill(0), 1, 2, 3, 4]],
    ['::fffe:1.2.3.4', [...new Array(10).fill(0), 0xff, 0xfe, 1, 2, 3, 4]],
    ['0:0:0:0:0:ffff:1.2.3.4', [1, 2, 3, 4]],
  ])('%s is read', (text, bytes) => {
    expect(parseAddress(text)).toEqual(bytes)
  })
  it.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.-4',
    '1.2.3.4 ',
    '1.2.3.0x4',
    ':',
    ':::',
    '1:',
    ':1',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2:3:4:5:6:7:8',
    '::1:2:3:4:5:6:7:8',
    '12345::',
    'g::',
    'fe80::1%eth0',
    '::1.2.3',
    '1.2.3.4::',
    '1.2.3.4:1::',
    '::1.2.3.4:1',
    'unknown',
    `${'0'.repeat(50)}::1`,
    '1.2.3.4:80',
    '[::1]',
    '0000:0000:0000:0000:0000:ffff:255.255.255.2555',
  ])('%j is none', (text) => {
    expect(parseAddress(text)).toBeNull()
  })
})

describe('blocks', () => {
  it.each([
    '0.0.0.0/0',
    '203.0.113.7/32',
    '203.0.113.0/24',
    '128.0.0.0/1',
    '::/0',
    '::1/128',
    '2001:db8::/32',
    'fe80::/10',
    '1:0:0:2::/64',
    '1:2:3:4:5:6:7:8/128',
    '2001:db8:0:1:1:1:1:1/128',
    '1::2:0:0:3:0/128',
    'a:b:c:d::/64',
    '0:1::/32',
  ])('%s is one', (text) => {
    expect(parseCidrBlock(text)).not.toBeNull()
  })
  it.each([
    '203.0.113.7',
    '203.0.113.7/33',
    '203.0.113.7/31',
    '203.0.113.7/24',
    '203.0.113.0/024',
    '203.0.113.0/',
    '203.0.113.0/24/8',
    '/24',
    '203.0.113.0/-1',
    '203.0.113.0/+8',
    '203.0.113.00/24',
    '::/129',
    '::/999',
    '2001:DB8::/32',
    '2001:0db8::/32',
    '2001:db8:0::/48',
    '0:0::/16',
    '::1/127',
    '::ffff:1.2.3.4/128',
    '1:0::2:0:0:3:0/128',
    '2001:db8::1:1:1:1:1/128',
    '1:0:0:2:0:0:0:0/64',
    '1:0:0:2:0:0::/64',
    '128.0.0.0/0',
    '1.2.3.4/ 32',
    `${'1'.repeat(60)}/8`,
    '',
  ])('%j is none', (text) => {
    expect(parseCidrBlock(text)).toBeNull()
  })
  it('holds exactly the addresses that the platform says', () => {
    const octets = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 4, maxLength: 4 })
    fc.assert(
      fc.property(
        octets,
        fc.integer({ min: 0, max: 32 }),
        octets,
        fc.integer({ min: 0, max: 32 }),
        (base, bits, other, shared) => {
          const masked = base.map((byte, i) => byte & (0xff << Math.min(8, Math.max(0, 8 * (i + 1) - bits))) & 0xff)
          // Close enough to the block's edge that both answers come up.
          const near = other.map((byte, i) => (8 * i < shared ? (base[i] as number) : byte))
          const list = new BlockList()
          list.addSubnet(masked.join('.'), bits)
          expect(blockHolds(read(`${masked.join('.')}/${bits}`), near)).toBe(list.check(near.join('.')))
        },
      ),
    )
  })
  it('never holds an address of the other family', () => {
    expect(blockHolds(read('0.0.0.0/0'), address('::1'))).toBe(false)
    expect(blockHolds(read('::/0'), address('1.2.3.4'))).toBe(false)
    expect(blockHolds(read('::/0'), address('::ffff:1.2.3.4'))).toBe(false)
    expect(blockHolds(read('0.0.0.0/0'), address('::ffff:1.2.3.4'))).toBe(true)
  })
  it.each([
    ['203.0.113.0/24', '203.0.113.7/32', true],
    ['203.0.113.0/24', '203.0.113.0/24', true],
    ['203.0.113.7/32', '203.0.113.0/24', false],
    ['203.0.113.0/32', '203.0.113.0/24', false],
    ['2001:db8::/64', '2001:db8::/32', false],
    ['0.0.0.0/8', '0.0.0.0/0', false],
    ['203.0.113.0/24', '203.0.114.0/24', false],
    ['0.0.0.0/0', '::/0', false],
    ['2001:db8::/32', '2001:db8:1::/48', true],
    ['2001:db8::/33', '2001:db8:8000::/33', false],
  ])('%s covers %s: %s', (outer, inner, covers) => {
    expect(blockCovers(read(outer), read(inner))).toBe(covers)
  })
})
