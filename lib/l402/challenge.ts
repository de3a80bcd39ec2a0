/**
 * The `WWW-Authenticate` challenge: one exact line out, every deployed spelling in.
 *
 * What we write is tuned to the strictest of the deployed readers, which match whole lines with regular expressions:
 * `macaroon` in first place, `invoice` right behind it, one space after each comma, double quotes. What we read is what
 * servers in the field send: other orders, other quotes, lines joined by proxies.
 */
import { parseChallenges, type RawChallenge } from './auth-params.ts'
import { encodeBase64 } from './bytes.ts'
import { decodeMacaroonText } from './credential-text.ts'
import { decodeMacaroons } from './macaroon.ts'

/**
 * The value of the one challenge line: `macaroon` first, `invoice` directly behind it, as several deployed clients
 * need. `invoice` in lower case. Source: protocol.md §1.1.
 */
export function formatChallenge(challenge: { macaroon: Uint8Array; invoice: string }): string {
  const macaroon = encodeBase64(challenge.macaroon)
  return `L402 macaroon="${macaroon}", invoice="${challenge.invoice}", version="0", token="${macaroon}"`
}

/** The two lines of a gRPC answer, in this order: old clients read the first only. Source: protocol.md §1.5. */
export function formatGrpcChallenges(challenge: { macaroon: Uint8Array; invoice: string }): [string, string] {
  const macaroon = encodeBase64(challenge.macaroon)
  return [`LSAT macaroon="${macaroon}", invoice="${challenge.invoice}"`, formatChallenge(challenge)]
}

interface Challenge {
  readonly kind: 'challenge'
  readonly scheme: 'L402' | 'LSAT'
  /** Strictly decodable bytes of at least one macaroon. */
  readonly macaroon: Uint8Array
  /** BOLT 11 text in lower case; only its beginning was looked at. */
  readonly invoice: string
}

export type ChallengeFault =
  | 'no-l402-challenge'
  | 'macaroon-missing'
  | 'invoice-missing'
  | 'unterminated-quote'
  | 'invoice-malformed'
  | 'macaroon-malformed'
  | 'version-unknown'

export type ChallengeReading = Challenge | { readonly kind: 'fault'; readonly fault: ChallengeFault }

/**
 * The first usable L402 or LSAT challenge of all `WWW-Authenticate` values; a fault is that of the first such challenge.
 * Source: protocol.md §1.7.
 */
export function readChallenges(values: readonly string[]): ChallengeReading {
  let fault: ChallengeReading | null = null
  for (const value of values) {
    for (const raw of parseChallenges(value)) {
      const scheme = raw.scheme.toUpperCase()
      if (scheme !== 'L402' && scheme !== 'LSAT') continue
      const read = readChallenge(raw, scheme)
      if (read.kind === 'challenge') return read
      fault ??= read
    }
  }
  return fault ?? { kind: 'fault', fault: 'no-l402-challenge' }
}

/** The beginning of an invoice on a network that exists; `readInvoice` looks at the rest. */
const INVOICE = /^ln(?:bcrt|bc|tbs|tb|sb)[0-9a-z]+$/

/** One challenge of ours: present, of version 0, and of a form that a client could pay. */
function readChallenge(raw: RawChallenge, scheme: 'L402' | 'LSAT'): ChallengeReading {
  const fault = (name: ChallengeFault): ChallengeReading => ({ kind: 'fault', fault: name })
  if (raw.unterminated) return fault('unterminated-quote')
  const text = raw.parameters.get('macaroon') ?? raw.parameters.get('token')
  const written = raw.parameters.get('invoice')
  if (text === undefined) return fault('macaroon-missing')
  if (written === undefined) return fault('invoice-missing')
  if ((raw.parameters.get('version') ?? '0') !== '0') return fault('version-unknown')
  const macaroon = decodeMacaroonText(text)
  if (macaroon === null || decodeMacaroons(macaroon).kind === 'refused') return fault('macaroon-malformed')
  // Upper case is for QR codes; a mixture is no bech32 and stays malformed.
  const invoice = written === written.toUpperCase() ? written.toLowerCase() : written
  return INVOICE.test(invoice) ? { kind: 'challenge', scheme, macaroon, invoice } : fault('invoice-malformed')
}
