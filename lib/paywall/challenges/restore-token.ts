/** Who shows both the invoice and its preimage paid it: their token is minted again, from the row and no other source. */
import type { Db } from '#lib/db.ts'
import { readInvoice } from '#lib/l402/bolt11.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import { opens, type PaymentHash, type Preimage } from '#lib/l402/preimage.ts'
import type { TokenContext } from '#lib/l402/token.ts'
import type { Notices } from '#lib/notices.ts'
import type { CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import { findSettlement } from '#lib/paywall/settlements/settlement-store.ts'
import { findChallengeByHash } from './challenge-store.ts'
import { mintToken } from './mint-token.ts'

export interface RestoreTokenDeps {
  readonly db: Db
  readonly l402: TokenContext
  readonly notices: Pick<Notices, 'publish'>
}

export interface RestoreInput {
  readonly creator: Pick<CreatorSnapshot, 'creatorId' | 'ring'>
  /** BOLT 11 text, any letter case. */
  readonly invoice: string
  readonly preimage: Preimage
}

/**
 * `unknown`: they do not belong together, are none of this creator's, or the key is retired; not told apart. `unseen`:
 * they are proof of a payment that our books do not have yet; the workers are asked to look.
 */
export type RestoreAnswer =
  | { readonly kind: 'unknown' | 'unseen' }
  | {
      readonly kind: 'restored'
      readonly macaroon: Uint8Array
      readonly preimage: Preimage
      readonly resourceId: string
      readonly services: readonly string[]
    }

/**
 * Restores a purchase by invoice and preimage, both. Routing nodes learn preimages and never the invoice, shops learn
 * invoices and never the preimage; a hash, an invoice or a preimage alone restore nothing.
 * Throws `database.unavailable`. Source: protocol.md §10.4.
 */
export async function restoreToken(deps: RestoreTokenDeps, input: RestoreInput): Promise<RestoreAnswer> {
  const invoice = input.invoice.trim().toLowerCase()
  const read = readInvoice(invoice)
  if (read === null || !opens(deps.l402.sha256, input.preimage, read.paymentHash)) return { kind: 'unknown' }
  const settlement = await findSettlement(deps.db.client, read.paymentHash)
  if (settlement === null) return awaitSettlement(deps, input.creator, { ...read, invoice })
  if (settlement.creatorId !== input.creator.creatorId || settlement.invoice !== invoice) return { kind: 'unknown' }
  const macaroon = mintToken(deps.l402, input.creator.ring, settlement)
  if (macaroon === null) return { kind: 'unknown' }
  const { resourceId, services } = settlement
  return { kind: 'restored', macaroon, preimage: input.preimage, resourceId, services }
}

async function awaitSettlement(
  deps: RestoreTokenDeps,
  { creatorId }: RestoreInput['creator'],
  { paymentHash, invoice }: { paymentHash: PaymentHash; invoice: string },
): Promise<RestoreAnswer> {
  void deps.notices.publish('asked', encodeHex(paymentHash))
  const challenge = await findChallengeByHash(deps.db.client, paymentHash)
  const isOurs = challenge !== null && challenge.creatorId === creatorId && challenge.invoice === invoice
  return { kind: isOurs ? 'unseen' : 'unknown' }
}
