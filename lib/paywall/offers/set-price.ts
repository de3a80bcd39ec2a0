/** A new price holds from the next challenge on; invoices already out and tokens already bought keep theirs. */
import type { Db, Tx } from '#lib/db.ts'
import type { InvalidInput } from '#lib/errors.ts'
import type { Msat } from '#lib/money.ts'
import { raiseChangeNumber } from '#lib/paywall/creators/creator-store.ts'
import type { ResourceKey } from '#lib/paywall/resources/resource.ts'
import { lockSoldWhole } from '#lib/paywall/resources/resource-store.ts'
import { ensureOffer } from './offer-store.ts'
import { parsePrice } from './price.ts'
import { appendPrice } from './price-store.ts'

export type PriceSet =
  | { readonly kind: 'applied' | 'replayed'; readonly version: number; readonly amountMsat: Msat }
  | { readonly kind: 'unknown' }
  | InvalidInput

/**
 * Sets the price in sats, as typed. `replayed`: it is the price already, no version was added; `unknown`: this creator
 * has no such resource, or one whose parts have prices of their own (an API): a price of the whole would open none. A price that cannot be read answers a sentence for the field `price`.
 */
export async function setPrice(deps: { db: Db }, input: ResourceKey & { price: string }): Promise<PriceSet> {
  const parsed = parsePrice(input.price)
  if (parsed.kind === 'invalid') return { kind: 'invalid', fields: { price: parsed.message } }
  const { creatorId, resourceId } = input
  const { amountMsat } = parsed
  return deps.db.asCreator(creatorId, async (tx) => {
    // The creator's row is locked first, so two prices set at once get two versions.
    await raiseChangeNumber(tx, creatorId)
    if (!(await lockSoldWhole(tx, { creatorId, resourceId }))) return { kind: 'unknown' }
    return writePrice(tx, { creatorId, resourceId }, amountMsat)
  })
}

/** As `setPrice`, in a transaction of the caller, who holds the creator's row and has raised the change number. */
export async function writePrice(
  tx: Tx,
  { creatorId, resourceId }: ResourceKey,
  amountMsat: Msat,
): Promise<Extract<PriceSet, { version: number }>> {
  const offerId = await ensureOffer(tx, { creatorId, resourceId })
  const { version, isNew } = await appendPrice(tx, { creatorId, offerId, amountMsat })
  return { kind: isNew ? 'applied' : 'replayed', version, amountMsat }
}
