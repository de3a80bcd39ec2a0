/**
 * IP addresses and CIDR blocks: read strictly, compared by bits, in one spelling each.
 *
 * Two readers with different manners. A client address comes from our own socket or a trusted proxy, in whatever form
 * that writes, so any usual form is read. A block stands in a signed caveat: it has to be in the one canonical form, or
 * two holders could state the same limit in two ways and a comparison of texts would mean nothing.
 */

/** An IPv4 (4 bytes) or IPv6 address (16 bytes). An IPv4-mapped IPv6 address is read as the IPv4 address it means. */
export type IpAddress = readonly number[]

export interface CidrBlock {
  readonly address: IpAddress
  /** Leading bits that count: 0 to 32, or 0 to 128. */
  readonly bits: number
}

// No leading zero: some readers take `010` as octal 8, others as 10.
const IPV4_PART = /^(?:0|[1-9][0-9]{0,2})$/
const IPV6_GROUP = /^[0-9a-fA-F]{1,4}$/
const PREFIX_LENGTH = /^(?:0|[1-9][0-9]{0,2})$/
/** The longest text of an IPv6 address; beyond it nothing is read. */
const ADDRESS_CHARACTERS = 45
/** What stands before an IPv4 address that comes in IPv6 form: `::ffff:203.0.113.7`. */
const IPV4_MAPPED: IpAddress = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]

/** A client address in any usual spelling; `null` for everything else, zones included. */
export function parseAddress(text: string): IpAddress | null {
  if (text.length > ADDRESS_CHARACTERS) return null
  const address = text.includes(':') ? parseIpv6(text) : parseIpv4(text)
  if (address === null || address.length === 4) return address
  return IPV4_MAPPED.every((byte, i) => address[i] === byte) ? address.slice(IPV4_MAPPED.length) : address
}

/** Four decimal parts of 0 to 255. */
function parseIpv4(text: string): IpAddress | null {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => IPV4_PART.test(part) && Number(part) <= 255)) return null
  return parts.map(Number)
}

/** Eight groups of hex, at most one run of zero groups as `::`, the last two perhaps as IPv4. Source: RFC 4291 2.2. */
function parseIpv6(text: string): IpAddress | null {
  const [left = '', right, more] = text.split('::')
  if (more !== undefined) return null
  const head = parseGroups(left, right === undefined)
  const tail = right === undefined ? [] : parseGroups(right, true)
  if (head === null || tail === null) return null
  const missing = 16 - head.length - tail.length
  // `::` stands for at least one group; without it every group must be there.
  if (right === undefined ? missing !== 0 : missing < 2) return null
  return [...head, ...new Array<number>(missing).fill(0), ...tail]
}

/** Bytes of the groups between colons; the very last may be an IPv4 address in dots. */
function parseGroups(text: string, endsAddress: boolean): number[] | null {
  if (text === '') return []
  const bytes: number[] = []
  const groups = text.split(':')
  for (const [i, group] of groups.entries()) {
    if (endsAddress && i === groups.length - 1 && group.includes('.')) {
      const embedded = parseIpv4(group)
      if (embedded === null) return null
      bytes.push(...embedded)
    } else {
      if (!IPV6_GROUP.test(group)) return null
      const value = Number.parseInt(group, 16)
      bytes.push(value >> 8, value & 0xff)
    }
  }
  return bytes
}

/**
 * A block in its one spelling: dotted IPv4 or RFC 5952 IPv6, prefix length without leading zero, host bits zero. `null`
 * for everything else, IPv4-mapped addresses in dots included: clients with such an address count as IPv4.
 */
export function parseCidrBlock(text: string): CidrBlock | null {
  const [written = '', length = '', more] = text.split('/')
  if (more !== undefined || !PREFIX_LENGTH.test(length) || written.length > ADDRESS_CHARACTERS) return null
  const address = written.includes(':') ? parseIpv6(written) : parseIpv4(written)
  if (address === null || formatAddress(address) !== written) return null
  const bits = Number(length)
  const hasHostBits = address.some((byte, i) => (byte & hostMask(bits, i)) !== 0)
  return bits > address.length * 8 || hasHostBits ? null : { address, bits }
}

/** The bits of byte `i` that a prefix of `bits` leaves to the host. */
function hostMask(bits: number, i: number): number {
  return 0xff >> Math.min(8, Math.max(0, bits - 8 * i))
}

/** RFC 5952 section 4: lower case, no leading zeros, the longest run of two or more zero groups (the first of equals) as `::`. */
export function formatAddress(address: IpAddress): string {
  if (address.length === 4) return address.join('.')
  const groups = Array.from({ length: 8 }, (_, i) => ((address[2 * i] as number) << 8) | (address[2 * i + 1] as number))
  const run = longestZeroRun(groups)
  const hex = (part: number[]): string => part.map((group) => group.toString(16)).join(':')
  if (run.length < 2) return hex(groups)
  return `${hex(groups.slice(0, run.start))}::${hex(groups.slice(run.start + run.length))}`
}

/** Where the longest run of zero groups begins and how long it is; the first of equals. */
function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  let length = 0
  for (const [i, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0
    if (length > best.length) best = { start: i - length + 1, length }
  }
  return best
}

/** Whether the address lies in the block; never for different families. */
export function blockHolds(block: CidrBlock, address: IpAddress): boolean {
  return (
    block.address.length === address.length &&
    address.every((byte, i) => ((byte ^ (block.address[i] as number)) & ~hostMask(block.bits, i) & 0xff) === 0)
  )
}

/** Whether every address of `inner` lies in `outer`. */
export function blockCovers(outer: CidrBlock, inner: CidrBlock): boolean {
  return outer.bits <= inner.bits && blockHolds(outer, inner.address)
}
