/** Reads what a 402 offers and refuses what a careful payer would not pay. */
import { readInvoice } from '#lib/l402/bolt11.ts'
import { equalBytes } from '#lib/l402/bytes.ts'
import { type ChallengeFault, readChallenges } from '#lib/l402/challenge.ts'
import { decodeMacaroons } from '#lib/l402/macaroon.ts'
import type { PaymentHash } from '#lib/l402/preimage.ts'
import { type Msat, msat } from '#lib/money.ts'
import { ClientFault } from './client-fault.ts'

/** Worth paying: the invoice says an amount, is not over, and pays for exactly this token. */
export interface Offer {
  readonly macaroon: Uint8Array
  readonly invoice: string
  readonly paymentHash: PaymentHash
  readonly amountMsat: Msat
}

/** What is wrong with the challenge of a 402, and whom it concerns. */
const SENTENCES: Readonly<Record<ChallengeFault, string>> = {
  'no-l402-challenge':
    'the server asks for payment in a way that is not L402, so nothing was paid; its page says how it wants to be paid',
  'macaroon-missing': 'the server asks for payment but offers no token for it, so nothing was paid; tell its owner',
  'invoice-missing': 'the server asks for payment but sends no invoice, so nothing was paid; tell its owner',
  'unterminated-quote': 'the challenge of the server breaks off in a value, so nothing was paid; tell its owner',
  'invoice-malformed': 'what the server sends as its invoice is none, so nothing was paid; tell its owner',
  'macaroon-malformed': 'the token that the server offers cannot be read, so nothing was paid; tell its owner',
  'version-unknown': 'the server speaks a version of L402 unknown here, so nothing was paid; look for a newer client',
}

/** Bytes of an L402 identifier: version, payment hash, token id. */
const HASH_AT = 2
const HASH_END = 34

/**
 * The offer in the `WWW-Authenticate` value of a 402. Throws `ClientFault` with the reading faults of protocol.md §1.7,
 * `invoice-unpayable`, or `invoice-foreign` when the invoice's hash is not bytes 2 to 33 of the identifier: paying it
 * would buy a preimage that opens nothing.
 */
export function readOffer(wwwAuthenticate: string | null, now: Date): Offer {
  const challenge = readChallenges(wwwAuthenticate === null ? [] : [wwwAuthenticate])
  if (challenge.kind === 'fault') throw new ClientFault(challenge.fault, SENTENCES[challenge.fault])
  const invoice = readInvoice(challenge.invoice)
  if (invoice === null) throw new ClientFault('invoice-unpayable', 'the invoice cannot be read')
  if (invoice.amountMsat === null || invoice.amountMsat === 0n) {
    throw new ClientFault('invoice-unpayable', 'the invoice names no amount')
  }
  if (invoice.expiresAt <= now) throw new ClientFault('invoice-unpayable', 'the invoice ran out; ask again')
  const decoded = decodeMacaroons(challenge.macaroon)
  const identifier = decoded.kind === 'refused' ? null : decoded.macaroons[0]?.identifier
  const tokenHash = identifier?.slice(HASH_AT, HASH_END)
  if (tokenHash === undefined || !equalBytes(tokenHash, invoice.paymentHash)) {
    throw new ClientFault('invoice-foreign', 'the invoice does not pay for the token that was offered')
  }
  return {
    macaroon: challenge.macaroon,
    invoice: challenge.invoice,
    paymentHash: invoice.paymentHash,
    amountMsat: msat(invoice.amountMsat),
  }
}
