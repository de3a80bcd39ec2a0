/** The one query behind a snapshot: everything that a gate knows of a creator, as of one moment. */
import type { Db, Tx } from '#lib/db.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import { msat } from '#lib/money.ts'
import { listRingKeys } from '#lib/paywall/keys/key-store.ts'
import type { WrappedRingKey } from '#lib/paywall/keys/ring-cache.ts'
import type { Denial } from '#lib/paywall/tokens/deny-list.ts'
import { listDenials } from '#lib/paywall/tokens/deny-store.ts'
import type { Prisma } from '#prisma'
import { listMoved } from './article/address-store.ts'
import type { CatalogOffer, CatalogPicture, CatalogResource, CreatorSnapshot } from './snapshot.ts'

export interface CatalogRows {
  readonly creator: Pick<CreatorSnapshot, 'shortId' | 'handle' | 'name' | 'byline' | 'about' | 'changeNumber'> & {
    id: string
  }
  readonly resources: readonly CatalogResource[]
  /** Addresses of before, each with the id of the resource that it leads to. */
  readonly moved: readonly { readonly slug: string; readonly resourceId: string }[]
  readonly ringKeys: readonly WrappedRingKey[]
  readonly denials: readonly Denial[]
}

/** Reads one creator by handle or by id, all tables as of the same commit; null: there is no such creator. */
export async function readCatalogRows(
  db: Db,
  where: { handle: string } | { id: string },
  now: Date,
): Promise<CatalogRows | null> {
  return db.inTransaction(
    async (tx) => {
      const creator = await tx.creator.findUnique({ where })
      if (creator === null) return null
      const resources = await listPublished(tx, creator.id)
      const ringKeys = await listRingKeys(tx, creator.id)
      const moved = await listMoved(tx, creator.id)
      return { creator, resources, moved, ringKeys, denials: await listDenials(tx, creator.id, now) }
    },
    { isolation: 'RepeatableRead' },
  )
}

const withOffers = {
  offers: { include: { prices: { orderBy: { version: 'desc' }, take: 1 } } },
} as const satisfies Prisma.ResourceInclude
type PublishedRow = Prisma.ResourceGetPayload<{ include: typeof withOffers }>

/** One statement after the other: a connection takes one at a time, and two relations at once would queue on it. */
async function listPublished(tx: Tx, creatorId: string): Promise<CatalogResource[]> {
  const rows = await tx.resource.findMany({
    where: { creatorId, publishedAt: { not: null } },
    include: withOffers,
    orderBy: { publishedAt: 'desc' },
  })
  const pictures = Map.groupBy(
    await tx.articlePicture.findMany({ where: { creatorId } }),
    (picture) => picture.resourceId,
  )
  return rows.flatMap((row) => toCatalogResource(row, pictures.get(row.id) ?? []) ?? [])
}

/** Null for a row that lacks what the schema demands of a published one: better unknown than half on sale. */
function toCatalogResource(row: PublishedRow, pictures: readonly PictureRow[]): CatalogResource | null {
  const offer = toOffer(row.offers)
  const { service, publishedAt, sourceDigest, previewDigest, bodyDigest } = row
  if (!(offer && service && publishedAt && sourceDigest && previewDigest && bodyDigest)) return null
  return {
    id: row.id,
    slug: row.slug,
    kind: 'article',
    service,
    title: row.title,
    lead: row.lead,
    language: row.language,
    words: row.words,
    previewWords: row.previewWords,
    publishedAt,
    paused: row.pausedAt !== null,
    sourceDigest: encodeHex(sourceDigest),
    previewDigest: encodeHex(previewDigest),
    bodyDigest: encodeHex(bodyDigest),
    pictures: new Map(pictures.map((picture) => [encodeHex(picture.digest), toPicture(picture)])),
    offer,
  }
}

type PictureRow = CatalogPicture & { digest: Uint8Array }

function toPicture({ mediaType, byteLength, inPreview }: CatalogPicture): CatalogPicture {
  return { mediaType, byteLength, inPreview }
}

function toOffer(offers: PublishedRow['offers']): CatalogOffer | null {
  const [offer] = offers
  const [price] = offer?.prices ?? []
  if (offer === undefined || price === undefined) return null
  return { id: offer.id, kind: 'single', priceVersion: price.version, amountMsat: msat(price.amountMsat) }
}
