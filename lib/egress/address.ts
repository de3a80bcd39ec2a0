/**
 * What kind of network an IP address belongs to, decided by its bytes alone: `public`, or a reason not to connect.
 *
 * IPv4 is open unless a range is listed. IPv6 is closed unless it is global unicast: whatever is assigned tomorrow for
 * some inner use is then refused without a change here. Source: IANA's special-purpose registries (RFC 6890).
 */
import { blockHolds, type CidrBlock, type IpAddress, parseCidrBlock } from '#lib/l402/address.ts'

export type AddressClass =
  | 'public'
  | 'unspecified'
  | 'loopback'
  | 'private'
  | 'carrier'
  | 'link-local'
  | 'metadata'
  | 'multicast'
  | 'reserved'
  | 'tunnel'

type Range = readonly [block: string, is: AddressClass]

/** The first row that holds an address decides. */
const IPV4_RANGES: readonly Range[] = [
  ['0.0.0.0/8', 'unspecified'],
  ['10.0.0.0/8', 'private'],
  ['100.100.100.200/32', 'metadata'],
  ['100.64.0.0/10', 'carrier'],
  ['127.0.0.0/8', 'loopback'],
  // A public address in every registry; inside Azure it is the host of the virtual machine.
  ['168.63.129.16/32', 'metadata'],
  ['169.254.169.254/32', 'metadata'],
  ['169.254.0.0/16', 'link-local'],
  ['172.16.0.0/12', 'private'],
  ['192.0.0.192/32', 'metadata'],
  ['192.0.0.0/24', 'reserved'],
  ['192.0.2.0/24', 'reserved'],
  ['192.88.99.0/24', 'tunnel'],
  ['192.168.0.0/16', 'private'],
  ['198.18.0.0/15', 'reserved'],
  ['198.51.100.0/24', 'reserved'],
  ['203.0.113.0/24', 'reserved'],
  ['224.0.0.0/4', 'multicast'],
  ['240.0.0.0/4', 'reserved'],
]

const IPV6_RANGES: readonly Range[] = [
  ['::/128', 'unspecified'],
  ['::1/128', 'loopback'],
  ['fd00:ec2::254/128', 'metadata'],
  ['fd20:ce::254/128', 'metadata'],
  ['fc00::/7', 'private'],
  ['fe80::/10', 'link-local'],
  ['fec0::/10', 'private'],
  ['ff00::/8', 'multicast'],
  // Teredo and 6to4 carry an IPv4 address that a relay of ours would connect to.
  ['2001::/32', 'tunnel'],
  ['2002::/16', 'tunnel'],
  ['2001::/23', 'reserved'],
  ['2001:db8::/32', 'reserved'],
  ['3fff::/20', 'reserved'],
  ['2000::/3', 'public'],
]

/** RFC 6052: a network without IPv4 reaches the last four bytes through it, so these are what counts. */
const NAT64 = block('64:ff9b::/96')
/** RFC 5214: the last eight bytes of a tunnel's end hold an IPv4 address, under any prefix. */
const ISATAP_ENDS = [
  [0, 0, 0x5e, 0xfe],
  [2, 0, 0x5e, 0xfe],
]

const V4 = IPV4_RANGES.map(([text, is]) => ({ block: block(text), is }))
const V6 = IPV6_RANGES.map(([text, is]) => ({ block: block(text), is }))

/** What the 4 or 16 bytes of an address say. IPv4 inside IPv6 is judged as the IPv4 address that it leads to. */
export function classifyAddress(address: IpAddress): AddressClass {
  if (address.length === 4) return V4.find((range) => blockHolds(range.block, address))?.is ?? 'public'
  if (blockHolds(NAT64, address)) return classifyAddress(address.slice(12))
  if (ISATAP_ENDS.some((end) => end.every((byte, i) => address[8 + i] === byte))) return 'tunnel'
  return V6.find((range) => blockHolds(range.block, address))?.is ?? 'reserved'
}

function block(text: string): CidrBlock {
  const parsed = parseCidrBlock(text)
  if (parsed === null) throw new TypeError(`not a block in its one spelling: ${text}`)
  return parsed
}
