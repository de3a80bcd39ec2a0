/** `EGRESS_ALLOW`: the inner servers that whoever runs this one lets creators' URLs lead to. */
import { blockHolds, type CidrBlock, type IpAddress, parseAddress, parseCidrBlock } from '#lib/l402/address.ts'

interface AllowEntry {
  readonly text: string
  readonly at: { readonly kind: 'name'; readonly name: string } | { readonly kind: 'block'; readonly block: CidrBlock }
  readonly port: number | null
}

export interface AllowList {
  readonly size: number
  /** Entries that say no port: too wide for production, where an operator says exactly what is meant. */
  readonly portless: readonly string[]
  /** Whether the operator named this host itself: its addresses are then the operator's business. */
  namesHost(name: string, port: number): boolean
  /** Whether the operator named this port at some address, which one is seen when the name is resolved. */
  namesPort(port: number): boolean
  holds(address: IpAddress, port: number): boolean
}

const NAME = /^[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?$/

/**
 * `host:port`, `address:port`, `[v6]:port`, `10.1.0.0/16:port`, `10.1.0.0/16`, comma-separated; blocks are written in
 * their one spelling. Answers the text of the first entry that cannot be read.
 */
export function parseAllowList(text: string): AllowList | { readonly unreadable: string } {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  const entries: AllowEntry[] = []
  for (const part of parts) {
    const entry = parseEntry(part)
    if (entry === null) return { unreadable: part }
    entries.push(entry)
  }
  return createAllowList(entries)
}

function createAllowList(entries: readonly AllowEntry[]): AllowList {
  const isAt = (entry: AllowEntry, port: number) => entry.port === null || entry.port === port
  return {
    size: entries.length,
    portless: entries.filter((entry) => entry.port === null).map((entry) => entry.text),
    namesHost: (name, port) => entries.some((e) => e.at.kind === 'name' && e.at.name === name && isAt(e, port)),
    namesPort: (port) => entries.some((e) => e.port === port),
    holds: (address, port) =>
      entries.some((e) => e.at.kind === 'block' && blockHolds(e.at.block, address) && isAt(e, port)),
  }
}

/** An IPv6 address or block needs brackets when a port follows. */
const FORMS = [
  /^\[(?<at>[0-9a-f:.]+(?:\/\d+)?)\](?::(?<port>\d{1,5}))?$/,
  /^(?<at>[0-9a-f.]*:[0-9a-f:.]*:[0-9a-f:.]*(?:\/\d+)?)$/,
  /^(?<at>[^:]+)(?::(?<port>\d{1,5}))?$/,
]

/** `null` when it is none of the forms. A name without a port is none: it would open every port of that server. */
function parseEntry(text: string): AllowEntry | null {
  const groups = FORMS.map((form) => form.exec(text)?.groups).find((found) => found !== undefined)
  const port = groups?.port === undefined ? null : Number(groups.port)
  if (groups?.at === undefined || (port !== null && (port < 1 || port > 65_535))) return null
  const block = parseCidrBlock(groups.at) ?? asBlock(groups.at)
  if (block !== null) return { text, at: { kind: 'block', block }, port }
  return port !== null && NAME.test(groups.at) ? { text, at: { kind: 'name', name: groups.at }, port } : null
}

function asBlock(text: string): CidrBlock | null {
  const address = parseAddress(text)
  return address === null ? null : { address, bits: address.length * 8 }
}
