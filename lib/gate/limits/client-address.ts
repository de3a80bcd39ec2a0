/** Client addresses as groups that a limit counts: one client, and the network around it; pure. */
import { parseAddress } from '#lib/l402/address.ts'

/** One IPv4 address or IPv6 /64, and the /24 or /48 around it, as keys. */
export interface ClientGroup {
  readonly client: string
  readonly network: string
}

/** Clients whose address nobody knows share one group: failing open would make a limit optional. */
const UNKNOWN: ClientGroup = { client: '?', network: '?' }

/** The groups of an address (reliability.md §9.1); an IPv4-mapped IPv6 address counts as IPv4. */
export function groupClient(text: string | null): ClientGroup {
  const bytes = text === null ? null : parseAddress(text)
  if (bytes === null) return UNKNOWN
  const [client, network] = bytes.length === 4 ? [4, 3] : [8, 6]
  return { client: bytes.slice(0, client).join('.'), network: bytes.slice(0, network).join('.') }
}
