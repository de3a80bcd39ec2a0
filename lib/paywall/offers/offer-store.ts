/** Every query on offers: rows of a resource to the noun, and the row that its first price needs. */
import type { Tx } from '#lib/db.ts'
import { newId } from '#lib/ids.ts'
import { msat } from '#lib/money.ts'
import { type ResourceKey, resourceName } from '#lib/paywall/resources/resource.ts'
import { asRows } from '#lib/paywall/resources/resource-key-store.ts'
import type { Prisma } from '#prisma'
import { FIRST_OFFER, type Offer, type OfferKind, type Offers, READ } from './offer.ts'

/** For the query of a resource: its offers in the order of making, each with the price that holds now. */
export const WITH_OFFERS = {
  offers: { orderBy: { createdAt: 'asc' }, include: { prices: { orderBy: { version: 'desc' }, take: 1 } } },
} as const satisfies Prisma.ResourceInclude

/** A row of `offer` with the price that holds now; empty: it was never priced. */
export type OfferRow = Pick<
  Prisma.ResourceGetPayload<{ include: typeof WITH_OFFERS }>['offers'][number],
  'id' | 'kind' | 'lastsSeconds' | 'uses'
> & { readonly prices: readonly { readonly version: number; readonly amountMsat: bigint }[] }

/**
 * The priced offers of these resources in the order of making, by `resourceName`. One index look-up per offer, however
 * many versions its price has.
 */
export async function listOffers(tx: Tx, keys: readonly ResourceKey[]): Promise<ReadonlyMap<string, OfferRow[]>> {
  const rows = await tx.$queryRaw<(Omit<OfferRow, 'prices'> & ResourceKey & { version: number; amountMsat: bigint })[]>`
    select offer.creator_id as "creatorId", offer.resource_id as "resourceId", offer.id, offer.kind,
      offer.lasts_seconds as "lastsSeconds", offer.uses, latest.version, latest.amount_msat as "amountMsat"
    from ${asRows(keys)}
    join offer on offer.creator_id = wanted.creator_id and offer.resource_id = wanted.resource_id
    cross join lateral (
      select version, amount_msat from price
      where price.creator_id = offer.creator_id and price.offer_id = offer.id order by version desc limit 1) as latest
    order by offer.created_at, offer.id`
  const priced = rows.map(({ version, amountMsat, ...row }) => ({ ...row, prices: [{ version, amountMsat }] }))
  return Map.groupBy(priced, (row) => resourceName(row))
}

/** The offers of a resource whose service is `service`; `null`: none has a price yet. */
export function readOffers(rows: readonly OfferRow[], service: string): Offers | null {
  const [first, ...others] = rows.flatMap((row) => readOffer(row, service) ?? [])
  return first === undefined ? null : [first, ...others]
}

function readOffer(row: OfferRow, service: string): Offer | null {
  const [price] = row.prices
  if (price === undefined) return null
  return {
    id: row.id,
    kind: row.kind as OfferKind,
    covers: [service],
    capabilities: [READ],
    tier: 0,
    lastsSeconds: row.lastsSeconds,
    uses: row.uses,
    requires: [],
    price: { version: price.version, amountMsat: msat(price.amountMsat) },
  }
}

/** The id of the offer that a resource is priced with, made at its first price. The caller holds the creator's row. */
export async function ensureOffer(tx: Tx, key: ResourceKey): Promise<string> {
  const { creatorId, resourceId } = key
  await tx.$executeRaw`
    insert into offer (creator_id, id, resource_id, kind)
    values (${creatorId}, ${newId('off')}, ${resourceId}, ${FIRST_OFFER}) on conflict do nothing`
  const offer = await tx.offer.findUniqueOrThrow({
    where: { creatorId_resourceId_kind: { creatorId, resourceId, kind: FIRST_OFFER } },
    select: { id: true },
  })
  return offer.id
}
