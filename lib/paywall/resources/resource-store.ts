/** Every query on resources of any kind, and on the names of their services. */
import type { Tx } from '#lib/db.ts'
import { type Msat, msat } from '#lib/money.ts'
import { listFormerSlugs } from './address-store.ts'
import { numberedSlug, type ResourceKey, SOLD_IN_PARTS, serviceName, unchosenSlug } from './resource.ts'

/** The price of a resource's first offer, from rows that came with `WITH_OFFERS`; `null`: none yet. */
export function firstPrice(row: { offers: readonly { prices: readonly { amountMsat: bigint }[] }[] }): Msat | null {
  const amount = row.offers[0]?.prices[0]?.amountMsat
  return amount === undefined ? null : msat(amount)
}

/** What a resource is called, and where it is. */
export interface Listing {
  readonly slug: string
  readonly title: string
  readonly lead: string
  readonly language: string
  /** Its own; `null` until it is first on sale. */
  readonly service: string | null
}

/** What a resource says of itself; there must be one. */
export async function getListing(tx: Tx, { creatorId, resourceId }: ResourceKey): Promise<Listing> {
  return tx.resource.findUniqueOrThrow({
    where: { creatorId_id: { creatorId, id: resourceId } },
    select: { slug: true, title: true, lead: true, language: true, service: true },
  })
}

/** Holds a resource until the transaction ends; `false`: this creator has none of this id, or deleted it. */
export async function lockResource(tx: Tx, key: ResourceKey): Promise<boolean> {
  return (await lockKind(tx, key)) !== null
}

/** As `lockResource`; `false` also for one whose parts have prices of their own. */
export async function lockSoldWhole(tx: Tx, key: ResourceKey): Promise<boolean> {
  const kind = await lockKind(tx, key)
  return kind !== null && !SOLD_IN_PARTS.has(kind)
}

async function lockKind(tx: Tx, key: ResourceKey): Promise<string | null> {
  const rows = await tx.$queryRaw<{ kind: string }[]>`
    select kind from resource where creator_id = ${key.creatorId} and id = ${key.resourceId} and deleted_at is null
    for no key update`
  return rows[0]?.kind ?? null
}

/**
 * The first of `slug`, `slug-2` … that no other resource of the creator has or had before, deleted ones included: a token of
 * theirs must never open something else. The caller holds the creator's row.
 */
export async function findFreeSlug(tx: Tx, key: ResourceKey, slug: string): Promise<string> {
  const rows = await tx.resource.findMany({
    where: { creatorId: key.creatorId, id: { not: key.resourceId } },
    select: { slug: true },
  })
  const taken = new Set([...rows.map((row) => row.slug), ...(await listFormerSlugs(tx, key))])
  let n = 1
  while (taken.has(numberedSlug(slug, n))) n += 1
  return numberedSlug(slug, n)
}

/** Adds a resource that is not on sale yet. */
export async function insertResource(
  tx: Tx,
  resource: ResourceKey & { kind: string; slug: string; title: string },
): Promise<void> {
  const { creatorId, resourceId, kind, slug, title } = resource
  await tx.resource.create({ data: { creatorId, id: resourceId, kind, slug, title } })
}

/** Notes that something changed, the address, and until the first publishing the title. */
export async function touchResource(tx: Tx, change: ResourceKey & { slug: string; title: string }): Promise<void> {
  await tx.$executeRaw`
    update resource set slug = ${change.slug}, updated_at = now(),
      title = case when published_at is null then ${change.title} else title end
    where creator_id = ${change.creatorId} and id = ${change.resourceId}`
}

/** How many of a creator's resources were never published. */
export async function countDrafts(tx: Tx, creatorId: string): Promise<number> {
  return tx.resource.count({ where: { creatorId, publishedAt: null, deletedAt: null } })
}

/**
 * Takes a published resource away for good; addresses, service and title stay in its row. `false`: this creator has no such
 * resource, or deleted it before.
 */
export async function writeDeleted(tx: Tx, key: ResourceKey, at: Date): Promise<boolean> {
  const count = await tx.$executeRaw`
    update resource set deleted_at = ${at}, lead = '', updated_at = now()
    where creator_id = ${key.creatorId} and id = ${key.resourceId} and published_at is not null and deleted_at is null`
  return count === 1
}

/**
 * Takes away a resource that was never published. Its address is free again; prices are never deleted, so one that had a
 * price leaves its row under an address that nobody can choose. The caller has taken away what belongs to its kind.
 */
export async function deleteUnpublished(tx: Tx, { creatorId, resourceId }: ResourceKey, at: Date): Promise<void> {
  const count = await tx.$executeRaw`
    delete from resource where creator_id = ${creatorId} and id = ${resourceId} and published_at is null
      and not exists (select 1 from offer where offer.creator_id = ${creatorId} and offer.resource_id = ${resourceId})`
  if (count === 1) return
  await tx.$executeRaw`
    update resource set deleted_at = ${at}, title = '', slug = ${unchosenSlug(resourceId)}
    where creator_id = ${creatorId} and id = ${resourceId} and published_at is null and deleted_at is null`
}

/** Notes that something of it changed; answers its address. */
export async function touchUpdated(tx: Tx, key: ResourceKey): Promise<string> {
  const [row] = await tx.$queryRaw<{ slug: string }[]>`
    update resource set updated_at = now() where creator_id = ${key.creatorId} and id = ${key.resourceId} returning slug`
  return row?.slug ?? ''
}

/** Changes what a resource says of itself. */
export async function writeListing(tx: Tx, key: ResourceKey, listing: { title: string; lead: string }): Promise<void> {
  await tx.$executeRaw`
    update resource set title = ${listing.title}, lead = ${listing.lead}, updated_at = now()
    where creator_id = ${key.creatorId} and id = ${key.resourceId}`
}

/** Names a service for good: the first free one of `k3h-tides`, `k3h-tides-2` … A name is never given twice. */
export async function createService(tx: Tx, input: { creatorId: string; slug: string }): Promise<string> {
  const creator = await tx.creator.findUniqueOrThrow({ where: { id: input.creatorId }, select: { shortId: true } })
  for (let n = 1; ; n += 1) {
    const name = serviceName(creator.shortId, input.slug, n)
    const count = await tx.$executeRaw`
      insert into service (name, creator_id) values (${name}, ${input.creatorId}) on conflict do nothing`
    if (count === 1) return name
  }
}

/** Puts a resource on sale, or what it says of itself anew; service and day of the first publishing stay. */
export async function putOnSale(
  tx: Tx,
  key: ResourceKey,
  listing: { service: string; title: string; lead: string; language: string; at: Date },
): Promise<void> {
  await tx.$executeRaw`
    update resource set service = coalesce(service, ${listing.service}), title = ${listing.title},
      lead = ${listing.lead}, language = ${listing.language}, published_at = coalesce(published_at, ${listing.at}), updated_at = now()
    where creator_id = ${key.creatorId} and id = ${key.resourceId}`
}

/** Pauses or resumes; `false`: there is no such resource, or it is that way already. */
export async function writePaused(tx: Tx, key: ResourceKey, pausedAt: Date | null): Promise<boolean> {
  const count = await tx.$executeRaw`
    update resource set paused_at = ${pausedAt}, updated_at = now()
    where creator_id = ${key.creatorId} and id = ${key.resourceId} and (paused_at is null) = ${pausedAt !== null}
      and deleted_at is null`
  return count === 1
}
