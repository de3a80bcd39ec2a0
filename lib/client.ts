/** Who asks, and over what: forwarding fields count only when the socket belongs to a trusted proxy. */
import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'
import { ConfigFault, type RoleName } from './config.ts'

export interface Client {
  /** IPv4 in dots also when it came as IPv6-mapped; `null` when the socket is gone. */
  readonly address: string | null
  readonly secure: boolean
  /** Whether the socket comes from this computer and no proxy speaks for somebody else. */
  readonly loopback: boolean
}

/** What is read of a request: fields as Node has them, names in lower case. */
type FromClient = Pick<IncomingMessage, 'socket' | 'headers'>

export type ReadClient = (req: FromClient) => Client

/** `trustedProxies`: addresses or CIDR blocks, comma-separated. Throws `ConfigFault` for `process` when one is neither. */
export function createClientReader(trustedProxies: string, process: RoleName = 'gateway'): ReadClient {
  const trusted = parseBlocks(trustedProxies, process)
  const trustsNobody = trusted.rules.length === 0
  return (req) => {
    const direct = readPeer(req)
    const { address: peer, loopback } = direct
    if (peer === null || trustsNobody || !isListed(trusted, peer)) return direct
    const hops = listOf(req.headers['x-forwarded-for'])
    const address = hops.findLast((hop) => !isListed(trusted, hop)) ?? peer
    const secure = isTls(req) || listOf(req.headers['x-forwarded-proto']).at(-1)?.toLowerCase() === 'https'
    return {
      address: isIP(address) === 0 ? null : plainAddress(address),
      secure,
      loopback: loopback && hops.length === 0,
    }
  }
}

/** Who is at the other end of the socket: the same for all requests on it. */
function readPeer(req: FromClient): Client {
  const known = peers.get(req.socket)
  if (known !== undefined) return known
  const address = plainAddress(req.socket.remoteAddress)
  const loopback = address !== null && (address.startsWith('127.') || address === '::1')
  const peer = { address, secure: isTls(req), loopback }
  peers.set(req.socket, peer)
  return peer
}

const peers = new WeakMap<object, Client>()

function isTls(req: FromClient): boolean {
  return 'encrypted' in req.socket && req.socket.encrypted === true
}

function plainAddress(address: string | undefined): string | null {
  return address === undefined ? null : address.replace(/^::ffff:(?=\d+\.)/i, '')
}

function listOf(field: string | string[] | undefined): string[] {
  const text = Array.isArray(field) ? field.join(',') : (field ?? '')
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

function isListed(list: BlockList, address: string): boolean {
  const version = isIP(address)
  return version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6')
}

function parseBlocks(text: string, process: RoleName): BlockList {
  const list = new BlockList()
  for (const block of listOf(text)) {
    const [address = '', bits] = block.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    const most = family === 'ipv6' ? 128 : 32
    const prefix = bits === undefined ? most : Number(bits)
    if (isIP(address) === 0 || !Number.isInteger(prefix) || prefix < 0 || prefix > most) {
      throw new ConfigFault(process, [
        `TRUSTED_PROXIES: expected an address or a block like 10.0.0.0/8, got ${block.slice(0, 60)}`,
      ])
    }
    list.addSubnet(address, prefix, family)
  }
  return list
}
