/** A new price holds from the next challenge on; invoices already out and tokens already bought keep theirs. */
import type { Db, Tx } from '#lib/db.ts'
import type { InvalidInput } from '#lib/errors.ts'
import { type Msat, satsToMsat } from '#lib/money.ts'
import { raiseChangeNumber } from '#lib/paywall/creators/creator-store.ts'
import { type Fiat, fiatToSats } from '#lib/paywall/rates/rate.ts'
import { findRate } from '#lib/paywall/rates/rate-store.ts'
import type { ResourceKey } from '#lib/paywall/resources/resource.ts'
import { lockSoldWhole } from '#lib/paywall/resources/resource-store.ts'
import { parseFiat } from './fiat-price.ts'
import type { Amounts } from './offer.ts'
import { ensureOffer, writeAmounts } from './offer-store.ts'
import { MAX_PRICE_SATS, parsePrice } from './price.ts'
import { appendPrice, type NewPrice } from './price-store.ts'

export type PriceSet =
  | { readonly kind: 'applied' | 'replayed'; readonly version: number; readonly amountMsat: Msat }
  | { readonly kind: 'unknown' }
  | InvalidInput

export interface SetPrice extends ResourceKey {
  readonly price: string
  /** ISO 4217, of that price; left out: it is in sats. */
  readonly currency?: string
  /** How much is sold for it: bytes of its body, seconds in which a transfer is open. Left out: as it was. */
  readonly amounts?: Pick<Amounts, 'bytes' | 'seconds'>
}

/**
 * Sets the price in sats or in a currency, as typed. `replayed`: it is the price already, no version was added; `unknown`: this creator
 * has no such resource, or one whose parts have prices of their own (an API): a price of the whole would open none. A
 * price that cannot be read answers a sentence for the field `price`, amounts for their own.
 */
export async function setPrice(deps: { db: Db }, input: SetPrice): Promise<PriceSet> {
  const { price, currency } = input
  const parsed = currency === undefined ? parsePrice(price) : parseFiat(price, currency)
  if (parsed.kind === 'invalid') return { kind: 'invalid', fields: { price: parsed.message } }
  const fields = refuseAmounts(input.amounts)
  if (Object.keys(fields).length > 0) return { kind: 'invalid', fields }
  const { creatorId, resourceId, amounts } = input
  return deps.db.asCreator(creatorId, async (tx) => {
    // The creator's row is locked first, so two prices set at once get two versions.
    await raiseChangeNumber(tx, creatorId)
    if (!(await lockSoldWhole(tx, { creatorId, resourceId }))) return { kind: 'unknown' }
    const value = 'fiat' in parsed ? await valueFiat(tx, parsed.fiat) : parsed
    if ('fields' in value) return value
    const set = await writePrice(tx, { creatorId, resourceId }, value)
    if (amounts !== undefined) await writeAmounts(tx, { creatorId, resourceId }, amounts)
    return set
  })
}

/** With what it is in sats now, within the bounds of every price. */
async function valueFiat(tx: Tx, fiat: Fiat): Promise<InvalidInput | { amountMsat: Msat; fiat: Fiat }> {
  const rate = await findRate(tx, fiat.currency)
  const invalid = (price: string): InvalidInput => ({ kind: 'invalid', fields: { price } })
  if (rate === null)
    return invalid(
      `No exchange rate of ${fiat.currency} is known right now: set the price in sats, or try again in a minute.`,
    )
  const sats = fiatToSats(fiat, rate)
  if (sats > MAX_PRICE_SATS)
    return invalid(
      `A price is at most ${MAX_PRICE_SATS.toLocaleString('en-US')} sats; this would be ${sats.toLocaleString('en-US')}.`,
    )
  return { amountMsat: satsToMsat(sats), fiat }
}

const MAX_AMOUNT = 999_999_999_999

function refuseAmounts(amounts: SetPrice['amounts'] = { bytes: null, seconds: null }): Record<string, string> {
  return Object.fromEntries(
    Object.entries(amounts).flatMap(([name, amount]) => {
      const isGood = amount === null || (Number.isInteger(amount) && amount > 0 && amount <= MAX_AMOUNT)
      return isGood ? [] : [[name, `Write a number of ${name} above 0.`]]
    }),
  )
}

/** As `setPrice`, in a transaction of the caller, who holds the creator's row and has raised the change number. */
export async function writePrice(
  tx: Tx,
  { creatorId, resourceId }: ResourceKey,
  price: Pick<NewPrice, 'amountMsat' | 'fiat' | 'keepsFiat'>,
): Promise<Extract<PriceSet, { version: number }>> {
  const offerId = await ensureOffer(tx, { creatorId, resourceId })
  const { version, isNew } = await appendPrice(tx, { creatorId, offerId, ...price })
  return { kind: isNew ? 'applied' : 'replayed', version, amountMsat: price.amountMsat }
}
