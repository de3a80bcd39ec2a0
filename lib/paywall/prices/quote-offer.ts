/** An offer at its price of this moment, for this request: what its seller's server names, raised while many ask. */
import type { Offer } from '#lib/paywall/offers/offer.ts'
import { type Pricing, raisePrice, surgePercent } from '#lib/paywall/offers/pricing.ts'
import type { Demand } from './demand.ts'
import type { NamedPrice, PriceBook } from './price-book.ts'
import type { PriceQuestion } from './price-question.ts'

export interface QuoteDeps {
  readonly prices: PriceBook
  readonly demand: Pick<Demand, 'perMinute'>
}

/** What one place asks for, where the price does not simply stand. */
export interface Priced {
  readonly service: string
  readonly pricing: Pricing
  /** `null`: no server is asked. */
  readonly question: PriceQuestion | null
}

/** The same offer, to be sold at what it costs now. Throws `paywall.price_unavailable` as `PriceBook.find`. */
export async function quoteOffer(deps: QuoteDeps, offer: Offer, priced: Priced): Promise<Offer> {
  const { service, pricing, question } = priced
  const named: NamedPrice | null = question === null ? null : await deps.prices.find(question)
  const base = named?.amountMsat ?? offer.price.amountMsat
  const { surge } = pricing
  const percent = surge === null ? 100 : surgePercent(surge, deps.demand.perMinute(service))
  return {
    ...offer,
    price: { ...offer.price, amountMsat: raisePrice(base, percent) },
    quoted: {
      baseMsat: base,
      ...(surge !== null && { surge: { ...surge, percent } }),
      ...(named !== null && { named: { ...named, staleSeconds: pricing.endpoint?.staleSeconds ?? 0 } }),
    },
  }
}
