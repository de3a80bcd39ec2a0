/** Every query on offers: rows of a resource to the noun, and the row that its first price needs. */
import type { Tx } from '#lib/db.ts'
import { newId } from '#lib/ids.ts'
import { msat } from '#lib/money.ts'
import type { ResourceKey } from '#lib/paywall/resources/resource.ts'
import type { Prisma } from '#prisma'
import { FIRST_OFFER, type Offer, type OfferKind, type Offers, READ } from './offer.ts'

/** For the query of a resource: its offers in the order of making, each with the price that holds now. */
export const WITH_OFFERS = {
  offers: { orderBy: { createdAt: 'asc' }, include: { prices: { orderBy: { version: 'desc' }, take: 1 } } },
} as const satisfies Prisma.ResourceInclude

export type OfferRows = Prisma.ResourceGetPayload<{ include: typeof WITH_OFFERS }>['offers']

/** The offers of a resource whose service is `service`; `null`: none has a price yet. */
export function readOffers(rows: OfferRows, service: string): Offers | null {
  const [first, ...others] = rows.flatMap((row) => readOffer(row, service) ?? [])
  return first === undefined ? null : [first, ...others]
}

function readOffer(row: OfferRows[number], service: string): Offer | null {
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
