/** Reads where money shall go: an invoice that can be paid now, or an address that makes one; pure, and the same in a browser. */
import { bech32 } from '@scure/base'
import { type Invoice, readInvoice } from '#lib/l402/bolt11.ts'
import { decodeUtf8 } from '#lib/l402/bytes.ts'
import { type Msat, msat } from '#lib/money.ts'

export type Destination =
  | { readonly kind: 'invoice'; readonly text: string; readonly invoice: Invoice; readonly amountMsat: Msat }
  | AddressDestination
  | { readonly kind: 'refused'; readonly why: string }

/** A Lightning address (LUD-16) or an LNURL (LUD-01): its server is asked once, by the process that pays. */
export interface AddressDestination {
  readonly kind: 'address'
  /** As it is kept: `name@host`, or `lnurl1…` in lower case. */
  readonly text: string
  readonly url: string
  readonly host: string
  /** By LUD-16: when its server's metadata names an address, it is this one. */
  readonly isNamed: boolean
}

/** An invoice must still be good when it is sent. */
const LEAST_LEFT_MS = 60_000

/** What `typed` asks for; a sentence when it cannot be paid. `lightning:` in front, spaces and upper case are taken. */
export function readDestination(typed: string, { now, network }: { now: Date; network: string }): Destination {
  const text = typed
    .trim()
    .replace(/^lightning:/i, '')
    .toLowerCase()
  if (text.includes('@')) return readAddress(text, network)
  if (text.startsWith('lnurl1')) return readLnurl(text, network)
  const invoice = readInvoice(text)
  if (invoice === null)
    return refuse('This is no Lightning invoice that can be read, and no address. Copy it again from your wallet.')
  if (invoice.network !== network) return refuse(`This invoice is for ${invoice.network}; money here is on ${network}.`)
  if (invoice.amountMsat === null) return refuse('This invoice names no amount. Make one over the amount to pay out.')
  if (invoice.expiresAt.getTime() - now.getTime() < LEAST_LEFT_MS)
    return refuse('This invoice has run out, or will within a minute. Make a new one.')
  return { kind: 'invoice', text, invoice, amountMsat: msat(invoice.amountMsat) }
}

/** LUD-16: the letters of a name, then a host; a port is ours alone, for servers of this computer. */
const ADDRESS = /^([a-z0-9\-_.+]{1,64})@([a-z0-9.-]{1,253})(:\d{1,5})?$/

function readAddress(text: string, network: string): Destination {
  const [, name, host = '', port = ''] = ADDRESS.exec(text) ?? []
  const isLocal = network === 'regtest' && port !== ''
  if (name === undefined || (port !== '' && !isLocal) || (!isLocal && !host.includes('.')))
    return refuse('This is no Lightning address. One looks like name@example.com.')
  return readUrl(`${isLocal ? 'http' : 'https'}://${host}${port}/.well-known/lnurlp/${name}`, { text, network })
}

/** LUD-01. Longer than bech32 is meant to be, so without its limit. */
function readLnurl(text: string, network: string): Destination {
  const decoded = text.length > 2_000 ? undefined : bech32.decodeUnsafe(text, false)
  const bytes = decoded === undefined ? null : bech32.fromWordsUnsafe(decoded.words)
  const url = bytes ? decodeUtf8(bytes) : null
  return url === null
    ? refuse('This LNURL cannot be read: a character of it was changed. Copy it again from your wallet.')
    : readUrl(url, { text, network })
}

function readUrl(url: string, { text, network }: { text: string; network: string }): Destination {
  if (!isLnurl(url, network)) return refuse('This address leads to no https server.')
  return { kind: 'address', text, url, host: new URL(url).host, isNamed: text.includes('@') }
}

/** Whether money may be asked for there: by https, and on a network of play money by http too. */
export function isLnurl(url: string, network: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol } = new URL(url)
  return protocol === 'https:' || (protocol === 'http:' && network === 'regtest')
}

function refuse(why: string): Destination {
  return { kind: 'refused', why }
}
