/** Against a table of its own, written as first and last address, and read by arithmetic instead of bit masks. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatAddress, type IpAddress, parseAddress } from '#lib/l402/address.ts'
import { classifyAddress } from './address.ts'

/** IANA's special-purpose registries and the metadata services of clouds: nobody's server on the internet. */
const CLOSED_V4 = [
  ['0.0.0.0', '0.255.255.255'],
  ['10.0.0.0', '10.255.255.255'],
  ['100.64.0.0', '100.127.255.255'],
  ['127.0.0.0', '127.255.255.255'],
  ['168.63.129.16', '168.63.129.16'],
  ['169.254.0.0', '169.254.255.255'],
  ['172.16.0.0', '172.31.255.255'],
  ['192.0.0.0', '192.0.0.255'],
  ['192.0.2.0', '192.0.2.255'],
  ['192.88.99.0', '192.88.99.255'],
  ['192.168.0.0', '192.168.255.255'],
  ['198.18.0.0', '198.19.255.255'],
  ['198.51.100.0', '198.51.100.255'],
  ['203.0.113.0', '203.0.113.255'],
  ['224.0.0.0', '255.255.255.255'],
] as const
/** Everything outside of 2000::/3 is one range below and one above it, save the translated addresses of 64:ff9b::/96. */
const CLOSED_V6 = [
  ['::', '64:ff9a:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['64:ff9b::1:0:0', '1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['2001::', '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['2002::', '2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['3fff::', '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['4000::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
] as const

const bytesOf = (text: string): IpAddress => {
  const bytes = parseAddress(text)
  if (bytes === null) throw new TypeError(`no address: ${text}`)
  return bytes
}
const numberOf = (bytes: IpAddress): bigint => bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
const addressOf = (value: bigint, length: 4 | 16): IpAddress =>
  Array.from({ length }, (_, i) => Number((value >> BigInt(8 * (length - 1 - i))) & 255n))

const V4 = CLOSED_V4.map(([first, last]) => ({ first: numberOf(bytesOf(first)), last: numberOf(bytesOf(last)) }))
const V6 = CLOSED_V6.map(([first, last]) => ({ first: numberOf(bytesOf(first)), last: numberOf(bytesOf(last)) }))
const isClosedV4 = (value: bigint) => V4.some(({ first, last }) => first <= value && value <= last)
/** RFC 5214: 0000:5efe or 0200:5efe in the middle of the last half. */
const isTunnelEnd = (value: bigint) => [0x00005efen, 0x02005efen].includes((value >> 32n) & 0xffffffffn)
const isClosedV6 = (value: bigint) => {
  const isMapped = value >> 32n === 0xffffn
  const isTranslated = value >> 32n === 0x64ff9b0000000000000000n
  if (isMapped || isTranslated) return isClosedV4(value & 0xffffffffn)
  return isTunnelEnd(value) || V6.some(({ first, last }) => first <= value && value <= last)
}

/** Anywhere, and at both sides of every edge. */
const values = (ranges: readonly { first: bigint; last: bigint }[], bits: number) =>
  fc.oneof(
    fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n }),
    fc
      .tuple(fc.constantFrom(...ranges.flatMap(({ first, last }) => [first, last])), fc.bigInt({ min: -2n, max: 2n }))
      .map(([edge, step]) => edge + step)
      .filter((value) => value >= 0n && value < 1n << BigInt(bits)),
  )

describe('addresses', () => {
  it.each([...CLOSED_V4, ...CLOSED_V6])('from %s to %s, every one is refused', (from, to) => {
    const [first, last] = [bytesOf(from), bytesOf(to)]
    fc.assert(
      fc.property(fc.bigInt({ min: numberOf(first), max: numberOf(last) }), (value) => {
        const address = addressOf(value, first.length === 4 ? 4 : 16)
        // Mapped and translated addresses lie in the first two ranges, and count as what they lead to.
        fc.pre(first.length === 4 || isClosedV6(value))
        expect(classifyAddress(bytesOf(formatAddress(address)))).not.toBe('public')
      }),
      { numRuns: 300, examples: [[numberOf(first)], [numberOf(last)]] },
    )
  })

  it('of IPv4 that are nobody’s special range are public, and no others', () => {
    fc.assert(
      fc.property(values(V4, 32), (value) => {
        expect(classifyAddress(addressOf(value, 4)) === 'public').toBe(!isClosedV4(value))
      }),
      { numRuns: 20_000 },
    )
  })

  it('of IPv6 that are nobody’s special range are public, and no others', () => {
    fc.assert(
      fc.property(values(V6, 128), (value) => {
        const address = bytesOf(formatAddress(addressOf(value, 16)))
        expect(classifyAddress(address) === 'public').toBe(!isClosedV6(value))
      }),
      { numRuns: 20_000 },
    )
  })

  it('of IPv4 inside IPv6 are what the IPv4 address is', () => {
    fc.assert(
      fc.property(values(V4, 32), (value) => {
        const inner = classifyAddress(addressOf(value, 4))
        for (const prefix of [0xffffn << 32n, 0x64ff9bn << 96n]) {
          expect(classifyAddress(bytesOf(formatAddress(addressOf(prefix | value, 16))))).toBe(inner)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it.each([
    ['127.0.0.1', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['64:ff9b::10.0.0.1', 'private'],
    ['64:ff9b:1::10.0.0.1', 'reserved'],
    ['2002:7f00:1::', 'tunnel'],
    ['2002:808:808::', 'tunnel'],
    ['2001:0:4136:e378:8000:63bf:3fff:fdd2', 'tunnel'],
    ['2606:4700::5efe:127.0.0.1', 'tunnel'],
    ['2606:4700::200:5efe:808:808', 'tunnel'],
    ['::127.0.0.1', 'reserved'],
    ['::ffff:0:127.0.0.1', 'reserved'],
    ['100::1', 'reserved'],
    ['fd12::1', 'private'],
    ['fec0::1', 'private'],
    ['fe80::1', 'link-local'],
    ['ff02::1', 'multicast'],
    ['169.254.169.254', 'metadata'],
    ['168.63.129.16', 'metadata'],
    ['100.100.100.200', 'metadata'],
    ['fd00:ec2::254', 'metadata'],
    ['100.127.255.255', 'carrier'],
    ['255.255.255.255', 'reserved'],
    ['9.9.9.9', 'public'],
    ['100.128.0.1', 'public'],
    ['64:ff9b::9.9.9.9', 'public'],
    ['::ffff:9.9.9.9', 'public'],
    ['2620:fe::fe', 'public'],
    ['2001:4860:4860::8888', 'public'],
  ])('%s is %s', (text, is) => {
    expect(classifyAddress(bytesOf(text))).toBe(is)
  })
})
