/** Every query on prices: versions are appended and never changed, so an invoice already out keeps its own. */
import type { Db, Tx } from '#lib/db.ts'
import { newId } from '#lib/ids.ts'
import { type Msat, msat } from '#lib/money.ts'
import { SINGLE } from './offer.ts'
import type { ResourceKey } from './resource-store.ts'

export interface PriceVersion {
  readonly version: number
  readonly amountMsat: Msat
  readonly createdAt: Date
}

/** All prices a resource ever had, newest first. */
export async function listPrices(db: Db, key: ResourceKey): Promise<PriceVersion[]> {
  const rows = await db.asCreator(key.creatorId, (tx) =>
    tx.price.findMany({
      where: { creatorId: key.creatorId, offer: { resourceId: key.resourceId, kind: SINGLE } },
      orderBy: { version: 'desc' },
    }),
  )
  return rows.map(({ version, amountMsat, createdAt }) => ({ version, amountMsat: msat(amountMsat), createdAt }))
}

/** The id of the single offer of a resource, made at its first price. The caller holds the creator's row. */
export async function ensureOffer(tx: Tx, key: ResourceKey): Promise<string> {
  await tx.$executeRaw`
    insert into offer (creator_id, id, resource_id, kind) values (${key.creatorId}, ${newId('off')}, ${key.resourceId}, ${SINGLE})
    on conflict do nothing`
  const { creatorId, resourceId } = key
  const offer = await tx.offer.findUniqueOrThrow({
    where: { creatorId_resourceId_kind: { creatorId, resourceId, kind: SINGLE } },
    select: { id: true },
  })
  return offer.id
}

/** The price that holds now. */
export async function findLatestPrice(
  tx: Tx,
  key: { creatorId: string; offerId: string },
): Promise<PriceVersion | null> {
  const row = await tx.price.findFirst({ where: key, orderBy: { version: 'desc' } })
  return row && { version: row.version, amountMsat: msat(row.amountMsat), createdAt: row.createdAt }
}

/** Appends the next version. */
export async function insertPrice(
  tx: Tx,
  price: { creatorId: string; offerId: string; version: number; amountMsat: Msat },
): Promise<void> {
  await tx.price.create({ data: price })
}
