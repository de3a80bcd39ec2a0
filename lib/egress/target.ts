/** A creator's URL, read once: everything after this works with what was read, never with the text again. */
import { formatAddress, type IpAddress, parseAddress } from '#lib/l402/address.ts'
import { classifyAddress } from './address.ts'
import type { AllowList } from './allow.ts'
import { type Refused, refuseTarget } from './refusal.ts'

export interface Target {
  readonly kind: 'target'
  /** In the one spelling, without fragment; `http://0x7f.1` has become `http://127.0.0.1`. */
  readonly url: URL
  /** Lower case, Punycode, no brackets, no trailing dot; an address in numbers when the URL had one. */
  readonly host: string
  readonly port: number
  /** Set when the host is an address already, judged here: there is nothing to resolve. */
  readonly address: IpAddress | null
}

const URL_CHARACTERS = 2_048
/** What readers of URLs disagree about: blanks and control bytes that some drop, the backslash that some take for a slash. */
const AMBIGUOUS = /[^!-[\]-~\u0080-\u{10ffff}]/u
const NAME = /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 }
/** Where servers for the web and for gRPC listen; others speak protocols that a request could be made to abuse. */
const isListedPort = (port: number): boolean =>
  [80, 443, 3000, 4000, 4443, 5000, 9000, 9443, 10_009, 50_051].includes(port) || (port >= 8000 && port <= 8999)

/** Reads and judges the text of a URL; the addresses of a name are judged when it is resolved. */
export function readTarget(text: string, allow: AllowList): Target | Refused {
  const url = text.length <= URL_CHARACTERS && !AMBIGUOUS.test(text) && URL.canParse(text) ? new URL(text) : null
  if (url === null) return refuseTarget('unreadable')
  const defaultPort = DEFAULT_PORTS[url.protocol]
  if (defaultPort === undefined) return refuseTarget('scheme')
  if (url.username !== '' || url.password !== '') return refuseTarget('user_info')
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  const port = url.port === '' ? defaultPort : Number(url.port)
  const address = parseAddress(host)
  if (address === null && !NAME.test(host)) return refuseTarget('unreadable')
  if (!isListedPort(port) && !allow.namesHost(host, port) && !allow.namesPort(port)) return refuseTarget('port')
  const refused = address === null ? null : judgeAddress(address, port, allow)
  if (refused !== null) return refused
  url.hostname = address === null ? host : asHostname(address)
  url.hash = ''
  return { kind: 'target', url, host, port, address }
}

/** A socket connects to what the URL says when that is an address: it has to be the very one that was judged. */
function asHostname(address: IpAddress): string {
  return address.length === 4 ? formatAddress(address) : `[${formatAddress(address)}]`
}

/** `null` when a connection to this address and port may be made. The operator can allow anything but metadata services. */
export function judgeAddress(address: IpAddress, port: number, allow: AllowList): Refused | null {
  const is = classifyAddress(address)
  if (is === 'metadata') return refuseTarget(is)
  if (allow.holds(address, port)) return null
  if (is !== 'public') return refuseTarget(is)
  return isListedPort(port) ? null : refuseTarget('port')
}
