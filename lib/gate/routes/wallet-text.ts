/** Finds invoice and payment proof in whatever a wallet shows, shares or copies: bare, as a link, in a sentence, broken over lines. */
import { type Invoice, readInvoice } from '#lib/l402/bolt11.ts'
import type { Sha256 } from '#lib/l402/bytes.ts'
import { opens, type Preimage, parsePreimage } from '#lib/l402/preimage.ts'

export interface WalletProof {
  /** BOLT 11, lower case. */
  readonly invoice: string
  readonly preimage: Preimage
}

/** How every invoice begins, not in the middle of another word: `lightning://`, BIP 21's `lightning=` and labels stand before it. */
const BEGINNING = /(?<![a-z0-9])ln(?:bcrt|bc|tbs|tb|sb)(?=[0-9])/gi
const DATA = /^[a-z0-9]+/i
/** Mail breaks an invoice of some 300 characters into at most this many lines. */
const MOST_PIECES = 40
const MOST_BEGINNINGS = 8
const MOST_PROOFS = 16
const MOST_CHARACTERS = 16_384

/** The first invoice in the text with a proof in it that belongs to it; `null`: there are no such two. */
export function findWalletProof(sha256: Sha256, text: string): WalletProof | null {
  const shown = text.slice(0, MOST_CHARACTERS)
  const proofs = findProofs(shown)
  for (const { invoice, read } of findInvoices(shown)) {
    const preimage = proofs.find((proof) => opens(sha256, proof, read.paymentHash))
    if (preimage !== undefined) return { invoice, preimage }
  }
  return null
}

function* findInvoices(text: string): Generator<{ invoice: string; read: Invoice }> {
  for (const { index } of [...text.matchAll(BEGINNING)].slice(0, MOST_BEGINNINGS)) {
    let invoice = ''
    for (const piece of text.slice(index).trim().split(/\s+/, MOST_PIECES)) {
      const data = DATA.exec(piece)?.[0] ?? ''
      invoice += data.toLowerCase()
      // Its checksum says where it ends.
      const read = readInvoice(invoice)
      if (read !== null) yield { invoice, read }
      if (read !== null || data !== piece) break
    }
  }
}

/** Runs of 64 hex digits; a run may be written in groups. A payment hash looks the same and opens nothing. */
function findProofs(text: string): Preimage[] {
  const runs = text.match(/(?<![0-9a-z])[0-9a-f]{64}(?![0-9a-z])/gi) ?? []
  const groups = text.match(/(?<![0-9a-z])(?:[0-9a-f]{2,32}[ \t:-]+)+[0-9a-f]{2,32}(?![0-9a-z])/gi) ?? []
  const joined = groups.map((group) => group.replace(/[^0-9a-f]/gi, ''))
  return [...runs, ...joined].slice(0, MOST_PROOFS).flatMap((digits) => parsePreimage(digits.toLowerCase()) ?? [])
}
