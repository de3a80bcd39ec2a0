/** Every query on prices: versions are appended and never changed, so an invoice already out keeps its own. */
import type { Db, Tx } from '#lib/db.ts'
import { type Msat, msat } from '#lib/money.ts'
import type { ResourceKey } from '#lib/paywall/resources/resource.ts'
import { FIRST_OFFER } from './offer.ts'

export interface PriceVersion {
  readonly version: number
  readonly amountMsat: Msat
  readonly createdAt: Date
}

/** All prices a resource ever had, newest first. */
export async function listPrices(db: Db, key: ResourceKey): Promise<PriceVersion[]> {
  const rows = await db.asCreator(key.creatorId, (tx) =>
    tx.price.findMany({
      where: { creatorId: key.creatorId, offer: { resourceId: key.resourceId, kind: FIRST_OFFER, service: null } },
      orderBy: { version: 'desc' },
    }),
  )
  return rows.map(({ version, amountMsat, createdAt }) => ({ version, amountMsat: msat(amountMsat), createdAt }))
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
async function insertPrice(
  tx: Tx,
  price: { creatorId: string; offerId: string; version: number; amountMsat: Msat },
): Promise<void> {
  await tx.price.create({ data: price })
}

/**
 * The price of an offer from now on, as its next version; `isNew` is false when it is that already. The caller holds the
 * creator's row, so two prices set at once get two versions.
 */
export async function appendPrice(
  tx: Tx,
  { creatorId, offerId, amountMsat }: { creatorId: string; offerId: string; amountMsat: Msat },
): Promise<{ readonly version: number; readonly isNew: boolean }> {
  const latest = await findLatestPrice(tx, { creatorId, offerId })
  if (latest?.amountMsat === amountMsat) return { version: latest.version, isNew: false }
  const version = (latest?.version ?? 0) + 1
  await insertPrice(tx, { creatorId, offerId, version, amountMsat })
  return { version, isNew: true }
}
