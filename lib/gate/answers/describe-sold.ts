/** One thing that is sold, as programs are told of it before they pay: the manifest, the OpenAPI document and the price list say the same. */
import type { Sold } from '#lib/gate/kinds/kind.ts'
import { msatToSatsUp, satsToMsat } from '#lib/money.ts'
import { countsOf, formatLasts, type Offer } from '#lib/paywall/offers/offer.ts'
import { raisePrice } from '#lib/paywall/offers/pricing.ts'

/** A row of `services` in the manifest. Source: protocol.md §11. */
export function describeService({ title }: { readonly title: string }, sold: Sold): object {
  const [offer] = sold.offers
  const { method, path } = sold
  return {
    name: sold.service,
    title,
    tiers: [offer.tier],
    capabilities: offer.capabilities ?? [],
    resources: [{ path, method, pricing: describePricing(sold), constraints: {} }],
    ...(sold.freeMonthly !== undefined && { free: freeTerms(sold.freeMonthly) }),
    ...(sold.offers.length > 1 && { offers: sold.offers.map(describeOffer) }),
  }
}

/** One of several ways to buy it, by the name under which it is asked for. */
function describeOffer(offer: Offer): object {
  return { id: offer.kind, price_msat: Number(offer.price.amountMsat), ...Object.fromEntries(countsOf(offer)) }
}

/** What a network has for nothing, as programs read it, here and in a 402. */
export function freeTerms(requests: number): object {
  return { requests, per: 'network', period: 'month' }
}

/** `fixed`: the price of the next 402. `dynamic`: between these bounds, told by a quote or the 402 itself. */
export function describePricing({ offers: [offer], pricing }: Pick<Sold, 'offers' | 'pricing'>): object {
  const base = offer.price.amountMsat
  if (pricing === undefined) return { model: 'fixed', price_msat: Number(base) }
  const { endpoint, surge } = pricing
  const highest = endpoint === null ? base : satsToMsat(endpoint.ceilingSats)
  return {
    model: 'dynamic',
    from_msat: Number(base),
    up_to_msat: Number(raisePrice(highest, surge?.ceilingPercent ?? 100)),
    ...(endpoint !== null && { per: endpoint.per, depends_on: ['method', 'path', ...endpoint.query] }),
    ...(surge !== null && { surge: { above_per_minute: surge.above, ceiling_percent: surge.ceilingPercent } }),
  }
}

/** What is bought for it. */
export function describeTerms(offer: Offer): object {
  return {
    id: offer.kind,
    lasts: formatLasts(offer),
    ...Object.fromEntries(countsOf(offer)),
    ...(offer.rate !== null && { rate: offer.rate }),
  }
}

/** As an invoice asks it: whole sats, rounded up. */
export function invoicedMsat({ price }: Offer): number {
  return Number(satsToMsat(msatToSatsUp(price.amountMsat)))
}
