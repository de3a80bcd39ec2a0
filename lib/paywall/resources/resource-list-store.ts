/** A creator's resources as lists: always a page, found and ordered by the database. */
import { type Db, type Sql, sql, type Tx } from '#lib/db.ts'
import { type Msat, msat } from '#lib/money.ts'
import { listOffers } from '#lib/paywall/offers/offer-store.ts'
import { type ResourceKey, type ResourceState, resourceName, stateOf } from './resource.ts'

export interface ResourceSummary {
  readonly id: string
  readonly kind: string
  readonly slug: string
  /** As published, or as it is being written until then. */
  readonly title: string
  readonly state: ResourceState
  /** The lowest of its prices. */
  readonly amountMsat: Msat | null
  /** It is sold at several prices. */
  readonly hasPrices: boolean
  readonly updatedAt: Date
  readonly publishedAt: Date | null
}

/** A resource of any kind by itself. */
export interface ListedResource {
  readonly id: string
  readonly kind: string
  readonly slug: string
  /** As published, or as it is being written until then. */
  readonly title: string
  readonly publishedAt: Date | null
  readonly pausedAt: Date | null
}

/** `null`: this creator has none of this id, or deleted it. */
export async function findListed(db: Db, { creatorId, resourceId }: ResourceKey): Promise<ListedResource | null> {
  const where = { creatorId, id: resourceId, deletedAt: null }
  const select = { id: true, kind: true, slug: true, title: true, publishedAt: true, pausedAt: true }
  return db.asCreator(creatorId, (tx) => tx.resource.findFirst({ where, select }))
}

/** Where a page begins: the last resource of the page before. */
export interface ResourceCursor {
  readonly updatedAt: Date
  readonly id: string
}

export interface ResourcePage {
  /** Part of title or address, in any case; empty: all. */
  readonly search?: string
  readonly state?: ResourceState
  readonly before?: ResourceCursor | null
  readonly limit?: number
}

const PAGE_RESOURCES = 50

/** Resources of a creator, the last touched first, at most `limit` (50). */
export async function listResources(db: Db, creatorId: string, page: ResourcePage = {}): Promise<ResourceSummary[]> {
  return db.asCreator(creatorId, (tx) => readPage(tx, creatorId, page))
}

interface Row extends ResourceKey {
  readonly kind: string
  readonly slug: string
  readonly title: string
  readonly updatedAt: Date
  readonly publishedAt: Date | null
  readonly pausedAt: Date | null
}

async function readPage(tx: Tx, creatorId: string, page: ResourcePage): Promise<ResourceSummary[]> {
  const { search = '', before = null, limit = PAGE_RESOURCES } = page
  const isBefore = before === null ? sql`true` : sql`(updated_at, id) < (${before.updatedAt}, ${before.id})`
  const fits = search === '' ? sql`true` : sql`position(lower(${search}) in lower(title || ' ' || slug)) > 0`
  const rows = await tx.$queryRaw<Row[]>`
    select creator_id as "creatorId", id as "resourceId", kind, slug, title, updated_at as "updatedAt",
      published_at as "publishedAt", paused_at as "pausedAt"
    from resource where creator_id = ${creatorId} and deleted_at is null and ${isBefore} and ${fits} and ${inState(page.state)}
    order by updated_at desc, id desc limit ${limit}`
  const offers = await listOffers(tx, rows)
  return rows.map((row) => {
    const { resourceId: id, kind, slug, title, updatedAt, publishedAt } = row
    const amounts = (offers.get(resourceName(row)) ?? []).flatMap(({ prices: [price] }) => price?.amountMsat ?? [])
    const [lowest] = amounts.toSorted((a, b) => (a < b ? -1 : 1))
    const amountMsat = lowest === undefined ? null : msat(lowest)
    const hasPrices = new Set(amounts).size > 1
    return { id, kind, slug, title, state: stateOf(row), amountMsat, hasPrices, updatedAt, publishedAt }
  })
}

/** As `stateOf`. */
function inState(state: ResourceState | undefined): Sql {
  switch (state) {
    case undefined:
      return sql`true`
    case 'draft':
      return sql`published_at is null`
    case 'live':
      return sql`published_at is not null and paused_at is null`
    case 'paused':
      return sql`published_at is not null and paused_at is not null`
  }
}

/** How many a creator has in all, without those that were deleted. */
export async function countResources(db: Db, creatorId: string): Promise<number> {
  return db.asCreator(creatorId, (tx) => tx.resource.count({ where: { creatorId, deletedAt: null } }))
}

/** What was first published since `since`, the newest first, at most `limit`. */
export async function listPublishedSince(
  db: Db,
  key: { creatorId: string; since: Date; limit: number },
): Promise<{ title: string; publishedAt: Date }[]> {
  return db.asCreator(
    key.creatorId,
    (tx) => tx.$queryRaw<{ title: string; publishedAt: Date }[]>`
      select title, published_at as "publishedAt" from resource
      where creator_id = ${key.creatorId} and published_at >= ${key.since}
      order by published_at desc limit ${key.limit}`,
  )
}
