/** Every query on resources, their drafts, pictures and services, as the dashboard asks them. */
import type { Db, Tx } from '#lib/db.ts'
import { type Msat, msat } from '#lib/money.ts'
import type { Prisma } from '#prisma'
import { listFormerSlugs } from './article/address-store.ts'
import { type ArticlePicture, listPictures } from './article/picture-store.ts'
import { type ArticleVersion, listChanged, readNewestVersion } from './article/version-store.ts'
import { numberedSlug, serviceName } from './resource.ts'

export interface ResourceKey {
  readonly creatorId: string
  readonly resourceId: string
}

export interface Draft {
  readonly title: string
  readonly lead: string
  readonly markdown: string
  /** A language tag that the creator chose; null: guessed at publishing. */
  readonly language: string | null
  /** Top-level blocks before it are free. */
  readonly cutBlock: number
}

/** An article as its editor shows it. */
export interface Article extends Draft {
  readonly id: string
  readonly slug: string
  /** Null until the first publishing. */
  readonly service: string | null
  readonly revision: number
  readonly updatedAt: Date
  readonly publishedAt: Date | null
  readonly pausedAt: Date | null
  readonly amountMsat: Msat | null
  readonly pictures: readonly ArticlePicture[]
  /** What readers see; null until the first publishing. */
  readonly published: ArticleVersion | null
  /** As readers see it, without marks. */
  readonly publishedTitle: string | null
}

export interface ResourceSummary {
  readonly id: string
  readonly slug: string
  readonly title: string
  readonly state: 'draft' | 'live' | 'paused'
  /** On sale, and its draft says something else than what readers see. */
  readonly hasChanges: boolean
  readonly amountMsat: Msat | null
  readonly words: number
  readonly updatedAt: Date
  readonly publishedAt: Date | null
}

const latestPrice = {
  offers: { include: { prices: { orderBy: { version: 'desc' }, take: 1 } } },
} as const satisfies Prisma.ResourceInclude

/** All resources of a creator, the last touched first. */
export async function listResources(db: Db, creatorId: string): Promise<ResourceSummary[]> {
  return db.asCreator(creatorId, async (tx) => {
    const rows = await tx.resource.findMany({
      where: { creatorId },
      include: latestPrice,
      orderBy: { updatedAt: 'desc' },
    })
    const drafts = await tx.articleDraft.findMany({ where: { creatorId }, select: { resourceId: true, title: true } })
    const titles = new Map(drafts.map((draft) => [draft.resourceId, draft.title]))
    const changed = await listChanged(tx, creatorId)
    return rows.map((row) => {
      // What is on sale goes by the title that readers see.
      const title = row.publishedAt === null ? (titles.get(row.id) ?? row.title) : row.title
      return toSummary(row, { title, hasChanges: changed.has(row.id) })
    })
  })
}

type ResourceRow = Prisma.ResourceGetPayload<{ include: typeof latestPrice }>

function toSummary(row: ResourceRow, draft: Pick<ResourceSummary, 'title' | 'hasChanges'>): ResourceSummary {
  const { id, slug, words, updatedAt, publishedAt } = row
  const state = publishedAt === null ? 'draft' : row.pausedAt === null ? 'live' : 'paused'
  return { id, slug, ...draft, state, amountMsat: priceOf(row), words, updatedAt, publishedAt }
}

/** One article with its draft; null: this creator has none of this id. */
export async function findArticle(db: Db, key: ResourceKey): Promise<Article | null> {
  return db.asCreator(key.creatorId, (tx) => readArticle(tx, key))
}

/** As `findArticle`, inside a transaction of the caller. */
export async function readArticle(tx: Tx, key: ResourceKey): Promise<Article | null> {
  const { creatorId, resourceId } = key
  const draft = await tx.articleDraft.findUnique({ where: { creatorId_resourceId: { creatorId, resourceId } } })
  const row = await tx.resource.findUnique({
    where: { creatorId_id: { creatorId, id: resourceId } },
    include: latestPrice,
  })
  if (row === null || draft === null) return null
  const pictures = await listPictures(tx, key)
  const { title, lead, markdown, language, cutBlock, revision, updatedAt } = draft
  return {
    ...{ id: row.id, slug: row.slug, service: row.service, publishedAt: row.publishedAt, pausedAt: row.pausedAt },
    ...{ title, lead, markdown, language, cutBlock, revision, updatedAt },
    amountMsat: priceOf(row),
    pictures,
    published: row.publishedAt === null ? null : await readNewestVersion(tx, key),
    publishedTitle: row.publishedAt === null ? null : row.title,
  }
}

function priceOf(row: { offers: readonly { prices: readonly { amountMsat: bigint }[] }[] }): Msat | null {
  const amount = row.offers[0]?.prices[0]?.amountMsat
  return amount === undefined ? null : msat(amount)
}

/**
 * Holds the creator's row until the transaction ends: what is chosen as free (a slug, a service name, the next version
 * of a price) is still free when it is written. `false`: the role does not see this creator.
 */
export async function lockCreator(tx: Tx, creatorId: string): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`select 1 from creator where id = ${creatorId} for no key update`
  return rows.length === 1
}

/** The first of `slug`, `slug-2` … that no other resource of the creator has. The caller holds the creator's row. */
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

/** Adds a resource with the first revision of its draft. */
export async function insertArticle(tx: Tx, article: ResourceKey & Draft & { slug: string }): Promise<void> {
  const { creatorId, resourceId, slug, ...draft } = article
  await tx.resource.create({ data: { creatorId, id: resourceId, kind: 'article', slug, title: draft.title } })
  await tx.articleDraft.create({ data: { creatorId, resourceId, ...draft } })
}

/**
 * Writes the draft if it is still at `revision`, and answers the new one; null: somebody else saved meanwhile, or there
 * is no such draft. Atomic against every other editor.
 */
export async function updateDraft(tx: Tx, change: ResourceKey & Draft & { revision: number }): Promise<number | null> {
  const [row] = await tx.$queryRaw<{ revision: number }[]>`
    update article_draft set title = ${change.title}, lead = ${change.lead}, markdown = ${change.markdown},
      language = ${change.language}, cut_block = ${change.cutBlock}, revision = revision + 1, updated_at = now()
    where creator_id = ${change.creatorId} and resource_id = ${change.resourceId} and revision = ${change.revision}
    returning revision`
  return row?.revision ?? null
}

/** Notes the address and that something changed. */
export async function touchResource(tx: Tx, key: ResourceKey & { slug: string }): Promise<void> {
  await tx.$executeRaw`
    update resource set slug = ${key.slug}, updated_at = now()
    where creator_id = ${key.creatorId} and id = ${key.resourceId}`
}

/** Holds the draft at `revision` until the transaction ends; `false`: it is at another one. */
export async function lockRevision(tx: Tx, key: ResourceKey & { revision: number }): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    select 1 from article_draft
    where creator_id = ${key.creatorId} and resource_id = ${key.resourceId} and revision = ${key.revision} for update`
  return rows.length === 1
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

export interface Published {
  readonly service: string
  readonly title: string
  readonly language: string
  readonly lead: string
  readonly words: number
  readonly previewWords: number
  /** Hex. */
  readonly sourceDigest: string
  readonly previewDigest: string
  readonly bodyDigest: string
  /** Of the first publishing; later ones keep the day. */
  readonly at: Date
}

/** Puts what was rendered on sale. */
export async function writePublished(tx: Tx, key: ResourceKey, published: Published): Promise<void> {
  await tx.$executeRaw`
    update resource set service = coalesce(service, ${published.service}), title = ${published.title},
      lead = ${published.lead}, language = ${published.language}, words = ${published.words}, preview_words = ${published.previewWords},
      source_digest = decode(${published.sourceDigest}, 'hex'), preview_digest = decode(${published.previewDigest}, 'hex'),
      body_digest = decode(${published.bodyDigest}, 'hex'), published_at = coalesce(published_at, ${published.at}),
      updated_at = now()
    where creator_id = ${key.creatorId} and id = ${key.resourceId}`
}

/** Pauses or resumes; `false`: there is no such resource, or it is that way already. */
export async function writePaused(tx: Tx, key: ResourceKey, pausedAt: Date | null): Promise<boolean> {
  const count = await tx.$executeRaw`
    update resource set paused_at = ${pausedAt}, updated_at = now()
    where creator_id = ${key.creatorId} and id = ${key.resourceId} and (paused_at is null) = ${pausedAt !== null}`
  return count === 1
}
