/** Every query on prices: versions are appended and never changed, so an invoice already out keeps its own. */
import type { Db, Tx } from '#lib/db.ts'
import { type Msat, msat } from '#lib/money.ts'
import type { Fiat } from '#lib/paywall/rates/rate.ts'
import type { ResourceKey } from '#lib/paywall/resources/resource.ts'
import type { Price } from '#prisma'
import { FIRST_OFFER } from './offer.ts'

export interface PriceVersion {
  readonly version: number
  /** Of a price in fiat, what it was when it was set. */
  readonly amountMsat: Msat
  /** `null`: the price is in sats. */
  readonly fiat: Fiat | null
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
  return rows.map(readVersion)
}

/** The price that holds now. */
export async function findLatestPrice(
  tx: Tx,
  key: { creatorId: string; offerId: string },
): Promise<PriceVersion | null> {
  const row = await tx.price.findFirst({ where: key, orderBy: { version: 'desc' } })
  return row && readVersion(row)
}

function readVersion({
  version,
  amountMsat,
  fiatCurrency: currency,
  fiatMinor: minor,
  createdAt,
}: Price): PriceVersion {
  const fiat = currency === null || minor === null ? null : { currency, minor }
  return { version, amountMsat: msat(amountMsat), fiat, createdAt }
}

/**
 * The price of an offer from now on, as its next version; `isNew` is false when it is that already. The caller holds the
 * creator's row, so two prices set at once get two versions.
 */
export async function appendPrice(
  tx: Tx,
  { creatorId, offerId, amountMsat, fiat = null, keepsFiat = false }: NewPrice,
): Promise<{ readonly version: number; readonly isNew: boolean }> {
  const latest = await findLatestPrice(tx, { creatorId, offerId })
  const isKept = keepsFiat && latest?.amountMsat === amountMsat
  if (latest !== null && (isKept || isSame(latest, { amountMsat, fiat })))
    return { version: latest.version, isNew: false }
  const version = (latest?.version ?? 0) + 1
  const fiatColumns = { fiatCurrency: fiat?.currency ?? null, fiatMinor: fiat?.minor ?? null }
  await tx.price.create({ data: { creatorId, offerId, version, amountMsat, ...fiatColumns } })
  return { version, isNew: true }
}

export interface NewPrice {
  readonly creatorId: string
  readonly offerId: string
  readonly amountMsat: Msat
  /** Left out: it is in sats. */
  readonly fiat?: Fiat | null
  /** Sent along with something else: the sats that a price in fiat was shown as leave it as it is. */
  readonly keepsFiat?: boolean
}

/** In fiat the amount in sats is another one every minute, and says nothing. */
function isSame(a: Pick<PriceVersion, 'amountMsat' | 'fiat'>, b: Pick<PriceVersion, 'amountMsat' | 'fiat'>): boolean {
  if (a.fiat === null || b.fiat === null) return a.fiat === b.fiat && a.amountMsat === b.amountMsat
  return a.fiat.currency === b.fiat.currency && a.fiat.minor === b.fiat.minor
}
