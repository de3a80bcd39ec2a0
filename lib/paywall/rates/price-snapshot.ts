/** A creator's prices in fiat as sats of now: the same snapshot for as long as the rates are the same. */
import type { Offer, Offers } from '#lib/paywall/offers/offer.ts'
import type { Catalog } from '#lib/paywall/resources/catalog.ts'
import type { CatalogResource, CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import type { RateTable } from './follow-rates.ts'
import { fiatToMsat } from './rate.ts'

interface Priced {
  readonly rates: RateTable
  readonly snapshot: CreatorSnapshot
}

/** Most creators have no price in fiat: for them this is one look into a map, and their own snapshot. */
function createSnapshotPricer(): (snapshot: CreatorSnapshot, rates: RateTable) => CreatorSnapshot {
  const known = new WeakMap<CreatorSnapshot, Priced | 'sats'>()
  return (snapshot, rates) => {
    const found = known.get(snapshot)
    if (found === 'sats') return snapshot
    if (found?.rates === rates) return found.snapshot
    if (!snapshot.resources.some(hasFiat)) {
      known.set(snapshot, 'sats')
      return snapshot
    }
    const priced = priceSnapshot(snapshot, rates)
    known.set(snapshot, { rates, snapshot: priced })
    return priced
  }
}

/** The catalog with every price at the rates of now. */
export function priceCatalog<C extends Pick<Catalog, 'peek' | 'find' | 'refresh'>>(
  catalog: C,
  present: () => RateTable,
): C {
  const price = createSnapshotPricer()
  const orNull = (found: CreatorSnapshot | null) => found && price(found, present())
  return {
    ...catalog,
    peek: (host) => {
      const found = catalog.peek(host)
      return found && price(found, present())
    },
    find: async (host) => orNull(await catalog.find(host)),
    refresh: async (host) => orNull(await catalog.refresh(host)),
  }
}

function priceSnapshot(snapshot: CreatorSnapshot, rates: RateTable): CreatorSnapshot {
  const priced = new Map<CatalogResource, CatalogResource>()
  for (const resource of snapshot.resources) {
    if (!hasFiat(resource)) continue
    const [first, ...others] = resource.offers
    const offers: Offers = [priceOffer(first, rates), ...others.map((offer) => priceOffer(offer, rates))]
    priced.set(resource, { ...resource, offers })
  }
  const swap = (resource: CatalogResource) => priced.get(resource) ?? resource
  const swapFound = (resource: CatalogResource | undefined) => resource && swap(resource)
  const { bySlug, services, bySlugBefore } = snapshot
  return {
    ...snapshot,
    rates,
    resources: snapshot.resources.map(swap),
    bySlug: { get: (slug) => swapFound(bySlug.get(slug)), has: (slug) => bySlug.has(slug) },
    services: { get: (name) => swapFound(services.get(name)), has: (name) => services.has(name) },
    bySlugBefore: new Map([...bySlugBefore].map(([slug, resource]) => [slug, swap(resource)])),
  }
}

function hasFiat({ offers }: CatalogResource): boolean {
  return offers.some(({ price }) => price.fiat !== undefined)
}

function priceOffer(offer: Offer, rates: RateTable): Offer {
  const { fiat } = offer.price
  if (fiat === undefined) return offer
  const rate = rates.get(fiat.currency) ?? null
  const amountMsat = rate === null ? offer.price.amountMsat : fiatToMsat(fiat, rate)
  return { ...offer, price: { ...offer.price, amountMsat, fiat: { ...fiat, rate } } }
}
