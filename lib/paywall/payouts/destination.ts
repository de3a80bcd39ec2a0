/** Reads where money shall go: an invoice that can be paid now, or an address; pure, and the same in a browser. */
import { type Invoice, readInvoice } from '#lib/l402/bolt11.ts'
import { type Msat, msat } from '#lib/money.ts'

export type Destination =
  | { readonly kind: 'invoice'; readonly text: string; readonly invoice: Invoice; readonly amountMsat: Msat }
  | { readonly kind: 'refused'; readonly why: string }

/** An invoice must still be good when it is sent. */
const LEAST_LEFT_MS = 60_000

/** What `typed` asks for; a sentence when it cannot be paid. `lightning:` in front, spaces and upper case are taken. */
export function readDestination(typed: string, { now, network }: { now: Date; network: string }): Destination {
  const text = typed
    .trim()
    .replace(/^lightning:/i, '')
    .toLowerCase()
  const invoice = readInvoice(text)
  if (invoice === null) return refuse('This is no Lightning invoice that can be read. Copy it again from your wallet.')
  if (invoice.network !== network) return refuse(`This invoice is for ${invoice.network}; money here is on ${network}.`)
  if (invoice.amountMsat === null) return refuse('This invoice names no amount. Make one over the amount to pay out.')
  if (invoice.expiresAt.getTime() - now.getTime() < LEAST_LEFT_MS)
    return refuse('This invoice has run out, or will within a minute. Make a new one.')
  return { kind: 'invoice', text, invoice, amountMsat: msat(invoice.amountMsat) }
}

function refuse(why: string): Destination {
  return { kind: 'refused', why }
}
