/** The queries behind snapshots: what a gate knows of creators, as of one moment, and what changed of it since another. */
import { type Db, sql, type Tx } from '#lib/db.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import type { BlockedSubject } from '#lib/paywall/blocks/block-list.ts'
import { listBlocksOf } from '#lib/paywall/blocks/block-store.ts'
import { listRingKeysOf } from '#lib/paywall/keys/key-store.ts'
import type { WrappedRingKey } from '#lib/paywall/keys/ring-cache.ts'
import { listOffers, type OfferRow, readOffers } from '#lib/paywall/offers/offer-store.ts'
import type { Denial } from '#lib/paywall/tokens/deny-list.ts'
import { listDenialsAfter } from '#lib/paywall/tokens/deny-store.ts'
import { type AccessRow, toAccess } from './access-store.ts'
import { type FormerSlug, listMoved } from './address-store.ts'
import { type ResourceKey, resourceName } from './resource.ts'
import { asRows } from './resource-key-store.ts'
import type { CatalogResource, CreatorSnapshot, GoneResource } from './snapshot.ts'

/** A creator to read, and how much of it is known already. */
export interface WantedCreator {
  readonly handle: string
  /** Resources changed by an older transaction than this are known; 0: none is. */
  readonly since: bigint
  /** Denials up to this change number are known. */
  readonly deniedUpTo: bigint
}

export interface CatalogRows {
  readonly creator: Pick<
    CreatorSnapshot,
    'shortId' | 'handle' | 'name' | 'byline' | 'about' | 'picture' | 'changeNumber'
  > & {
    id: string
  }
  /** Of the resources changed since: as they are on sale now, and the ids of all of them, for those that are not. */
  readonly resources: readonly CatalogResource[]
  readonly changedIds: readonly string[]
  /** Those of them that were on sale and were deleted, each under the address that it had last. */
  readonly gone: readonly (GoneResource & { readonly slug: string })[]
  /** Addresses that these had before. */
  readonly moved: readonly FormerSlug[]
  readonly ringKeys: readonly WrappedRingKey[]
  /** New since `deniedUpTo`. */
  readonly denials: readonly Denial[]
  /** Everybody who is blocked now. */
  readonly blocks: readonly BlockedSubject[]
}

export interface CatalogRead {
  readonly byHandle: ReadonlyMap<string, CatalogRows>
  /** What a transaction of this number or a later one changed may be missing here. */
  readonly asOf: bigint
}

/** What only one kind knows of these resources, by `resourceName`. */
type LoadDetails = (tx: Tx, resources: readonly ResourceKey[]) => Promise<ReadonlyMap<string, unknown>>
/** By kind; a resource of any other kind is not on sale. */
export type DetailLoaders = ReadonlyMap<string, LoadDetails>

/** Resources read by one statement, so that a creator with ten thousand of them holds up nobody else for long. */
const PAGE_RESOURCES = 500

/** Reads creators by handle, all tables as of the same commit; who does not exist is missing in the answer. */
export async function readCatalog(
  deps: { db: Db; loaders: DetailLoaders },
  wanted: readonly WantedCreator[],
  now: Date,
): Promise<CatalogRead> {
  return deps.db.inTransaction(
    async (tx) => {
      const { asOf, creators } = await findCreators(tx, wanted)
      if (creators.length === 0) return { asOf, byHandle: new Map() }
      const since = new Map(wanted.map((each) => [each.handle, each]))
      const ids = creators.map(({ id }) => id)
      const keys = await listChanged(tx, creators, since)
      const all = [...keys.values()].flat()
      const onSale = Map.groupBy(await readResources(tx, all, deps.loaders), byCreator)
      const gone = Map.groupBy(await listGone(tx, all), byCreator)
      const moved = Map.groupBy(await listMoved(tx, all), byCreator)
      const ringKeys = await listRingKeysOf(tx, ids)
      const known = creators.map(({ id, handle }) => ({
        creatorId: id,
        after: since.get(handle)?.deniedUpTo ?? NOTHING,
      }))
      const denials = await listDenialsAfter(tx, known, now)
      const blocks = await listBlocksOf(tx, ids)
      const rowsOf = (creator: CreatorRow): CatalogRows => ({
        creator,
        resources: (onSale.get(creator.id) ?? []).map(({ resource }) => resource),
        changedIds: (keys.get(creator.id) ?? []).map(({ resourceId }) => resourceId),
        gone: gone.get(creator.id) ?? [],
        moved: moved.get(creator.id) ?? [],
        ringKeys: ringKeys.get(creator.id) ?? [],
        denials: denials.get(creator.id) ?? [],
        blocks: blocks.get(creator.id) ?? [],
      })
      return { asOf, byHandle: new Map(creators.map((creator) => [creator.handle, rowsOf(creator)])) }
    },
    { isolation: 'RepeatableRead' },
  )
}

/** Before the first change number, and before the first transaction. */
const NOTHING = -1n

type CreatorRow = CatalogRows['creator']
const byCreator = ({ creatorId }: { creatorId: string }) => creatorId

async function findCreators(
  tx: Tx,
  wanted: readonly WantedCreator[],
): Promise<{ asOf: bigint; creators: CreatorRow[] }> {
  const handles = wanted.map(({ handle }) => handle)
  const rows = await tx.$queryRaw<FoundRow[]>`
    select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as "asOf", id, short_id as "shortId", handle, name, byline,
      about, picture_digest as "pictureDigest", picture_alt as "pictureAlt", change_number as "changeNumber"
    from (select) as always left join creator on handle = any(${handles})`
  return {
    asOf: rows[0]?.asOf ?? NOTHING,
    creators: rows.flatMap(({ asOf: _, pictureDigest, pictureAlt: alt, ...creator }) =>
      creator.id === null ? [] : [{ ...creator, picture: pictureDigest && { digest: encodeHex(pictureDigest), alt } }],
    ),
  }
}

/** One with nothing but `asOf` when there is no creator. */
interface FoundRow extends Omit<CreatorRow, 'picture'> {
  readonly asOf: bigint
  readonly pictureDigest: Uint8Array | null
  readonly pictureAlt: string
}

/**
 * The keys of all resources that changed, drafts too: one may have been on sale when it was last looked at. Creator by creator:
 * for a hundred at once Postgres would rather read the resources of everybody, 110,000 where 100 were asked for.
 */
async function listChanged(
  tx: Tx,
  creators: readonly CreatorRow[],
  wanted: ReadonlyMap<string, WantedCreator>,
): Promise<ReadonlyMap<string, ResourceKey[]>> {
  const ids = creators.map(({ id }) => id)
  const since = creators.map(({ handle }) => (wanted.get(handle)?.since ?? NOTHING).toString())
  const rows = await tx.$queryRaw<{ creatorId: string; ids: string[] }[]>`
    select wanted.creator_id as "creatorId", changed.ids
    from unnest(${ids}::text[], ${since}::text[]) as wanted(creator_id, since)
    cross join lateral (
      select array_agg(id) as ids from resource
      where resource.creator_id = wanted.creator_id and resource.changed_in >= wanted.since::bigint) as changed
    where changed.ids is not null`
  return new Map(
    rows.map((row) => [row.creatorId, row.ids.map((resourceId) => ({ creatorId: row.creatorId, resourceId }))]),
  )
}

interface OnSale {
  readonly creatorId: string
  readonly resource: CatalogResource
}

/** One statement after the other: a connection takes one at a time, and two at once would queue on it. */
async function readResources(tx: Tx, keys: readonly ResourceKey[], loaders: DetailLoaders): Promise<OnSale[]> {
  const found: OnSale[] = []
  for (let start = 0; start < keys.length; start += PAGE_RESOURCES) {
    const rows = await listPublished(tx, keys.slice(start, start + PAGE_RESOURCES))
    const offers = await listOffers(tx, rows)
    for (const [kind, ofKind] of Map.groupBy(rows, (row) => row.kind)) {
      const details = await loaders.get(kind)?.(tx, ofKind)
      for (const row of ofKind) {
        const name = resourceName(row)
        const resource = toCatalogResource(row, offers.get(name) ?? [], details?.get(name))
        if (resource !== null) found.push({ creatorId: row.creatorId, resource })
      }
    }
  }
  return found
}

interface PublishedRow
  extends ResourceKey,
    Omit<CatalogResource, 'id' | 'offers' | 'detail' | 'service' | 'paused' | 'access'>,
    AccessRow {
  readonly service: string | null
  readonly pausedAt: Date | null
}

async function listPublished(tx: Tx, keys: readonly ResourceKey[]): Promise<PublishedRow[]> {
  return tx.$queryRaw<PublishedRow[]>`
    select resource.creator_id as "creatorId", id as "resourceId", kind, slug, service, title, lead, language,
      published_at as "publishedAt", paused_at as "pausedAt", require_settled as "requireSettled",
      browsers_pay as "browsersPay", token_rate as "tokenRate", token_at_once as "tokenAtOnce"
    from ${asRows(keys)} join resource on resource.creator_id = wanted.creator_id and resource.id = wanted.resource_id
    left join resource_access as access on access.creator_id = resource.creator_id and access.resource_id = resource.id
    where published_at is not null and deleted_at is null`
}

type GoneRow = CatalogRows['gone'][number] & { readonly creatorId: string }

/** Beside what is on sale: few, and small. */
async function listGone(tx: Tx, keys: readonly ResourceKey[]): Promise<GoneRow[]> {
  const rows = await tx.$queryRaw<(Omit<GoneRow, 'parts'> & { parts: string[] | null })[]>`
    select resource.creator_id as "creatorId", id, slug, service, title, language,
      (select array_agg(offer.service) from offer where offer.creator_id = resource.creator_id
        and offer.resource_id = resource.id and offer.service is not null) as parts
    from ${asRows(keys)} join resource on resource.creator_id = wanted.creator_id and resource.id = wanted.resource_id
    where published_at is not null and deleted_at is not null`
  return rows.map(({ parts, ...row }) => (parts === null ? row : { ...row, parts }))
}

/** Null for a row that lacks what it needs to be sold: better unknown than half on sale. */
function toCatalogResource(row: PublishedRow, priced: readonly OfferRow[], detail: unknown): CatalogResource | null {
  const { resourceId: id, slug, kind, service, title, lead, language, publishedAt } = row
  const offers = service === null ? null : readOffers(priced, service)
  if (service === null || offers === null || detail === undefined) return null
  const paused = row.pausedAt !== null
  return { id, slug, kind, service, title, lead, language, publishedAt, paused, access: toAccess(row), offers, detail }
}

/** What changed of any creator, for the poll of the catalogues. */
export interface Changes {
  readonly changed: readonly { readonly creatorId: string; readonly changeNumber: bigint }[]
  /** Ask from here the next time: every older transaction is over, and what it changed is in an answer. */
  readonly next: bigint
  /** Which database this is: in another one, or one restored to an earlier time, numbers of before mean nothing. */
  readonly place: string
}

const PAGE_CHANGES = 2_000
const PLACE = sql`(select system_identifier from pg_control_system()) || '/' ||
  (select timeline_id from pg_control_checkpoint()) || '/' || (select oid from pg_database where datname = current_database())`

interface ChangeRow {
  readonly creatorId: string | null
  readonly changeNumber: bigint
  readonly changedIn: bigint
  readonly xmin: bigint
  readonly place: string
}

/**
 * Creators changed by transaction `from` or a later one. What is not committed yet is missing, and asked for again by
 * `next`: a transaction that is under way has a number of at least that.
 */
export async function listChanges(tx: Tx, from: bigint): Promise<Changes> {
  const changed: (Changes['changed'][number] & { changedIn: bigint })[] = []
  let first: { xmin: bigint; place: string } | null = null
  for (;;) {
    const last = changed.at(-1)
    // A number from beyond the newest transaction is of another cluster, of which this one is a restored copy.
    const rows = await tx.$queryRaw<ChangeRow[]>`
      select seen.xmin, seen.place, creator.id as "creatorId", change_number as "changeNumber", changed_in as "changedIn"
      from (select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as xmin,
        pg_snapshot_xmax(pg_current_snapshot())::text::bigint as xmax, ${PLACE} as place) as seen
      left join creator on changed_in >= ${from} and changed_in < seen.xmax
        and (changed_in, creator.id) > (${last?.changedIn ?? NOTHING}, ${last?.creatorId ?? ''})
      order by changed_in, creator.id limit ${PAGE_CHANGES}`
    first ??= rows[0] ?? null
    for (const { creatorId, changeNumber, changedIn } of rows)
      if (creatorId !== null) changed.push({ creatorId, changeNumber, changedIn })
    if (rows.length < PAGE_CHANGES) return { changed, next: first?.xmin ?? from, place: first?.place ?? '' }
  }
}
