/** The one query behind a snapshot: everything that a gate knows of a creator, as of one moment. */
import type { Db, Tx } from '#lib/db.ts'
import { listRingKeys } from '#lib/paywall/keys/key-store.ts'
import type { WrappedRingKey } from '#lib/paywall/keys/ring-cache.ts'
import { readOffers, WITH_OFFERS } from '#lib/paywall/offers/offer-store.ts'
import type { Denial } from '#lib/paywall/tokens/deny-list.ts'
import { listDenials } from '#lib/paywall/tokens/deny-store.ts'
import type { Prisma } from '#prisma'
import { listMoved } from './address-store.ts'
import type { CatalogResource, CreatorSnapshot } from './snapshot.ts'

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

/** What only one kind knows of its published resources, by resource id. */
export type LoadDetails = (tx: Tx, creatorId: string) => Promise<ReadonlyMap<string, unknown>>
/** By kind; a resource of any other kind is not on sale. */
export type DetailLoaders = ReadonlyMap<string, LoadDetails>

/** Reads one creator by handle or by id, all tables as of the same commit; null: there is no such creator. */
export async function readCatalogRows(
  deps: { db: Db; loaders: DetailLoaders },
  where: { handle: string } | { id: string },
  now: Date,
): Promise<CatalogRows | null> {
  return deps.db.inTransaction(
    async (tx) => {
      const creator = await tx.creator.findUnique({ where })
      if (creator === null) return null
      const resources = await listPublished(tx, creator.id, deps.loaders)
      const ringKeys = await listRingKeys(tx, creator.id)
      const moved = await listMoved(tx, creator.id)
      return { creator, resources, moved, ringKeys, denials: await listDenials(tx, creator.id, now) }
    },
    { isolation: 'RepeatableRead' },
  )
}

type PublishedRow = Prisma.ResourceGetPayload<{ include: typeof WITH_OFFERS }>

/** One statement after the other: a connection takes one at a time, and two relations at once would queue on it. */
async function listPublished(tx: Tx, creatorId: string, loaders: DetailLoaders): Promise<CatalogResource[]> {
  const rows = await tx.resource.findMany({
    where: { creatorId, publishedAt: { not: null } },
    include: WITH_OFFERS,
    orderBy: { publishedAt: 'desc' },
  })
  const details = new Map<string, ReadonlyMap<string, unknown>>()
  for (const kind of new Set(rows.map((row) => row.kind))) {
    details.set(kind, (await loaders.get(kind)?.(tx, creatorId)) ?? new Map())
  }
  return rows.flatMap((row) => toCatalogResource(row, details.get(row.kind)?.get(row.id)) ?? [])
}

/** Null for a row that lacks what it needs to be sold: better unknown than half on sale. */
function toCatalogResource(row: PublishedRow, detail: unknown): CatalogResource | null {
  const { id, slug, kind, service, title, lead, language, publishedAt } = row
  const offers = service === null ? null : readOffers(row.offers, service)
  if (service === null || offers === null || publishedAt === null || detail === undefined) return null
  const paused = row.pausedAt !== null
  return { id, slug, kind, service, title, lead, language, publishedAt, paused, offers, detail }
}
