/** Whom a creator serves nothing, in memory, asked on every request. */

import { type CidrBlock, type IpAddress, parseAddress, parseCidrBlock } from '#lib/l402/address.ts'
import { decodeLatin1 } from '#lib/l402/bytes.ts'

export interface BlockList {
  /** Whether there is a network in it, or a token: most lists are empty, and cost one look. */
  readonly hasNetworks: boolean
  readonly hasTokens: boolean
  /** Entries in it. */
  readonly size: number
  /** An address that is not known is in no network. */
  holdsAddress(address: string | null): boolean
  /** `mark`: the first 16 bytes of the SHA-256 of a token id. */
  holdsToken(mark: Uint8Array): boolean
}

/** A row of `blocked`; one of the two is there. */
export interface BlockedSubject {
  readonly network: string | null
  readonly token: Uint8Array | null
}

const nobody = () => false
const EMPTY: BlockList = { hasNetworks: false, hasTokens: false, size: 0, holdsAddress: nobody, holdsToken: nobody }

/** The same empty list for every creator who blocks nobody. */
export function createBlockList(rows: readonly BlockedSubject[]): BlockList {
  if (rows.length === 0) return EMPTY
  const tokens = new Set(rows.flatMap(({ token }) => (token === null ? [] : [decodeLatin1(token)])))
  const blocks = rows.flatMap(({ network }) => (network === null ? [] : (parseCidrBlock(network) ?? [])))
  const networks = indexNetworks(blocks)
  return {
    hasNetworks: blocks.length > 0,
    hasTokens: tokens.size > 0,
    size: rows.length,
    holdsAddress(text) {
      const address = text === null ? null : parseAddress(text)
      return address !== null && networks(address)
    },
    holdsToken: (mark) => tokens.has(decodeLatin1(mark)),
  }
}

/** By length of prefix: a thousand networks of one length cost one look. */
function indexNetworks(blocks: readonly CidrBlock[]): (address: IpAddress) => boolean {
  const byBits = new Map<number, Set<string>>()
  for (const { address, bits } of blocks) {
    const names = byBits.get(bits) ?? new Set<string>()
    byBits.set(bits, names.add(nameOf(address, bits)))
  }
  const lengths = [...byBits]
  return (address) => lengths.some(([bits, names]) => names.has(nameOf(address, bits)))
}

/** The family by the number of bytes. A prefix that is longer than the address leaves all of it. */
function nameOf(address: IpAddress, bits: number): string {
  return address.map((byte, i) => byte & (0xff << Math.min(8, Math.max(0, 8 * (i + 1) - bits)))).join('.')
}
