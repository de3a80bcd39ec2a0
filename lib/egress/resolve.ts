/** Names to addresses: asked once, every answer judged, and only what was judged is connected to. */
import { promises as dns } from 'node:dns'
import { LRUCache } from 'lru-cache'
import { formatAddress, type IpAddress, parseAddress } from '#lib/l402/address.ts'
import type { AllowList } from './allow.ts'
import { type Refused, refuseTarget } from './refusal.ts'
import { judgeAddress, type Target } from './target.ts'

/** Every address that a name has, as text; none when there is no such name. */
export type ListAddresses = (name: string) => Promise<readonly string[]>

/** Judged addresses: what a socket may connect to, and nothing else. */
export interface Pinned {
  readonly kind: 'pinned'
  readonly addresses: readonly { readonly address: string; readonly family: 4 | 6 }[]
}

export type Resolve = (target: Target) => Promise<Pinned | Refused>

interface ResolverOptions {
  readonly allow: AllowList
  readonly listAddresses: ListAddresses
  /** How long an answer is kept. Each connection made after that asks, and judges, again. */
  readonly keptMs: number
}

const NAMES_KEPT = 5_000
/** A name with more addresses than any honest one is cut, after all of them were judged. */
const MOST_ADDRESSES = 8

/** Callers that ask for the same name concurrently share one question. Rejects when the resolver does not answer. */
export function createResolver({ allow, listAddresses, keptMs }: ResolverOptions): Resolve {
  const answers = new LRUCache<string, readonly string[]>({
    max: NAMES_KEPT,
    ttl: keptMs,
    fetchMethod: (name) => listAddresses(name),
  })
  return async ({ host, port, address }) => {
    if (address !== null) return pin([address])
    if (allow.namesHost(host, port)) return pinAllowed(await listSystemAddresses(host))
    return judgeAll((await answers.fetch(host)) ?? [], port, allow)
  }
}

/** One address that may not be reached refuses them all: which of them is tried is not ours to choose. */
function judgeAll(texts: readonly string[], port: number, allow: AllowList): Pinned | Refused {
  if (texts.length === 0) return refuseTarget('unknown_name')
  const addresses: IpAddress[] = []
  for (const text of texts) {
    const address = parseAddress(text)
    // A zone, or whatever else a resolver may write: nothing that could be judged.
    const refused = address === null ? refuseTarget('reserved') : judgeAddress(address, port, allow)
    if (refused !== null) return refused
    if (address !== null) addresses.push(address)
  }
  return pin(addresses)
}

function pinAllowed(texts: readonly string[]): Pinned | Refused {
  const addresses = texts.map(parseAddress).filter((address) => address !== null)
  return addresses.length === 0 ? refuseTarget('unknown_name') : pin(addresses)
}

/** Written again from the bytes that were judged, so that no reader behind us can see another address in the text. */
function pin(addresses: readonly IpAddress[]): Pinned {
  return {
    kind: 'pinned',
    addresses: addresses.slice(0, MOST_ADDRESSES).map((bytes) => ({
      address: formatAddress(bytes),
      family: bytes.length === 4 ? 4 : 6,
    })),
  }
}

/**
 * By questions of our own over the network. `dns.lookup` would hold one of the four threads that files and ciphers need,
 * for as long as a creator's name server pleases. `servers` in place of those of this computer.
 */
export function createDnsList(timeoutMs: number, servers?: readonly string[]): ListAddresses {
  return async (name) => {
    // One for each question: it is cheap, follows this computer to another network, and has a port of its own to guess.
    const resolver = new dns.Resolver({ timeout: timeoutMs / 2, tries: 2 })
    if (servers !== undefined) resolver.setServers(servers)
    const found = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
    const addresses = found.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
    const failure = found.find((answer) => answer.status === 'rejected' && !isUnknown(answer.reason))
    // Some name servers fail at one of the two questions; what the other found is all that is connected to.
    if (addresses.length === 0 && failure?.status === 'rejected') throw failure.reason
    return addresses
  }
}

function isUnknown(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && (cause.code === 'ENOTFOUND' || cause.code === 'ENODATA')
}

/** What the operator named may stand in the hosts file; `localhost` and what lies under it is this computer (RFC 6761). */
async function listSystemAddresses(name: string): Promise<readonly string[]> {
  if (name === 'localhost' || name.endsWith('.localhost')) return ['127.0.0.1']
  return (await dns.lookup(name, { all: true })).map(({ address }) => address)
}
