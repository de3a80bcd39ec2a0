/** What a creator may write to keep somebody out: an address or a network, or a token in any of the forms in which they meet one. */
import { formatAddress, parseAddress, parseCidrBlock } from '#lib/l402/address.ts'
import { decodeHex, type Sha256 } from '#lib/l402/bytes.ts'
import { readCredentialText } from '#lib/l402/credential.ts'
import { readToken } from '#lib/l402/token.ts'

/** What is kept out: `network` as Postgres spells it, `mark` as the list knows a token. */
export type Block =
  | { readonly kind: 'network'; readonly network: string }
  | { readonly kind: 'token'; readonly mark: Uint8Array }

/** Entries of one creator at most. */
export const MAX_BLOCKS = 1_000
export const MAX_NOTE = 200
/** A token text has at most 12,288 characters (protocol.md §2.2). */
const MAX_TEXT = 12_300
const MARK_BYTES = 16
/** Wider than this is half of the internet, and most likely a slip. */
const WIDEST = { v4: 8, v6: 16 }

/** The mark of a token: what its upstream is told of it as `X-L402-Token`, and opens nothing. */
export function markOf(sha256: Sha256, tokenId: Uint8Array): Uint8Array {
  return sha256(tokenId).subarray(0, MARK_BYTES)
}

/** Reads what somebody typed or pasted; a sentence when it is neither network nor token. */
export function parseBlock(
  sha256: Sha256,
  text: string,
): Block | { readonly kind: 'invalid'; readonly message: string } {
  const typed = text.trim()
  if (typed.length === 0) return invalid('Name a network or a token.')
  if (typed.length > MAX_TEXT) return invalid('That is too long to be a network or a token.')
  return parseNetwork(typed) ?? parseToken(sha256, typed) ?? invalid(EXPECTED)
}

const EXPECTED =
  'Expected an address (203.0.113.7), a network (203.0.113.0/24, 2001:db8::/32), or a token: its name in X-L402-Token, its id, or the whole credential.'

type Parsed = ReturnType<typeof parseBlock>

function invalid(message: string): Parsed {
  return { kind: 'invalid', message }
}

function parseNetwork(typed: string): Parsed | null {
  const [written = '', length, more] = typed.split('/')
  const address = parseAddress(written)
  if (address === null || more !== undefined) return null
  const most = address.length * 8
  const block = parseCidrBlock(`${formatAddress(address)}/${length ?? most}`)
  if (block === null) return invalid('A network has zeros behind its prefix: 203.0.113.0/24.')
  const widest = address.length === 4 ? WIDEST.v4 : WIDEST.v6
  if (block.bits < widest)
    return invalid(`A network has a prefix of /${widest} at least; pause the resource to keep out everybody.`)
  return { kind: 'network', network: `${formatAddress(address)}/${block.bits}` }
}

function parseToken(sha256: Sha256, typed: string): Parsed | null {
  const bytes = decodeHex(typed)
  if (bytes?.length === MARK_BYTES) return { kind: 'token', mark: bytes }
  if (bytes?.length === 32) return { kind: 'token', mark: markOf(sha256, bytes) }
  const [candidate] = readCredentialText(typed)
  if (candidate === undefined || candidate.kind === 'refused') return null
  const read = readToken(...candidate.macaroons)
  return read.kind === 'refused' ? null : { kind: 'token', mark: markOf(sha256, read.identifier.tokenId) }
}
