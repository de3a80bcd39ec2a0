/** An invoice is asked for at the present price and believed only when its own text says the same. */

import { readInvoice } from '#lib/l402/bolt11.ts'
import { equalBytes } from '#lib/l402/bytes.ts'
import type { PaymentHash } from '#lib/l402/preimage.ts'
import {
  type BackendId,
  type Backends,
  type CreatedInvoice,
  type Cursor,
  LightningFault,
  MEMO_MARK,
} from '#lib/lightning/backend.ts'
import { type Msat, msatToSatsUp, satsToMsat } from '#lib/money.ts'

export interface InvoiceDeps {
  readonly backends: Backends
  readonly invoiceExpirySeconds: number
  /** `mainnet`, `testnet`, `signet` or `regtest`. */
  readonly network: string
}

/** A price applied to one request: the invoice and where it is found again. */
export interface Quote {
  readonly paymentHash: PaymentHash
  readonly invoice: string
  readonly amountMsat: Msat
  readonly expiresAt: Date
  readonly backendId: BackendId
  readonly listCursor: Cursor
}

/** What is bought, by the name that will stand in the token, and what it is called. */
interface Memo {
  readonly service: string
  readonly title: string
}

const MEMO_BYTES = 100

/**
 * Asks the creator's backend for an invoice over `amountMsat`, rounded up to a whole satoshi. Throws `lightning.refused`
 * when the invoice that comes back has another amount, hash, network or end than asked: it would sell something else.
 */
export async function requestInvoice(
  deps: InvoiceDeps,
  { creatorId, memo, amountMsat: priceMsat }: { creatorId: string; memo: Memo; amountMsat: Msat },
): Promise<Quote> {
  const backend = deps.backends.getForCreator(creatorId)
  const amountMsat = satsToMsat(msatToSatsUp(priceMsat))
  const [backendId, created] = await Promise.all([
    backend.getId(),
    backend.createInvoice({
      amountMsat,
      memo: formatMemo(memo),
      expirySeconds: deps.invoiceExpirySeconds,
    }),
  ])
  const expiresAt = checkInvoice(created, {
    amountMsat,
    network: deps.network,
    expirySeconds: deps.invoiceExpirySeconds,
  })
  return { ...created, amountMsat, backendId, expiresAt }
}

interface Asked {
  readonly amountMsat: Msat
  readonly network: string
  readonly expirySeconds: number
}

/** Answers when the invoice ends. */
function checkInvoice(created: CreatedInvoice, asked: Asked): Date {
  const read = readInvoice(created.invoice)
  if (read === null) throw mismatch('cannot be read')
  if (read.network !== asked.network) throw mismatch('is for another network')
  if (read.amountMsat !== asked.amountMsat) throw mismatch('has another amount')
  if (!equalBytes(read.paymentHash, created.paymentHash)) throw mismatch('has another payment hash')
  if (read.expiresAt.getTime() - read.createdAt.getTime() !== asked.expirySeconds * 1000)
    throw mismatch('ends at another time')
  return read.expiresAt
}

function mismatch(what: string): LightningFault {
  return new LightningFault('lightning.refused', `the node's invoice ${what}`)
}

/** Shown in the payer's wallet: the mark, the service and the title, at most 100 bytes of UTF-8. */
export function formatMemo({ service, title }: Memo): string {
  let memo = ''
  let bytes = 0
  for (const character of `${MEMO_MARK}${service}: ${title}`) {
    bytes += Buffer.byteLength(character)
    if (bytes > MEMO_BYTES) break
    memo += character
  }
  return memo
}
