/** Every query on what only a page has: its sites, its text, and the blobs that are sold. */
import type { Db, Tx } from '#lib/db.ts'
import type { Msat } from '#lib/money.ts'
import { WITH_OFFERS } from '#lib/paywall/offers/offer-store.ts'
import type { CatalogArticle } from '#lib/paywall/resources/article/article-store.ts'
import { type ResourceKey, resourceName } from '#lib/paywall/resources/resource.ts'
import { asRows } from '#lib/paywall/resources/resource-key-store.ts'
import { firstPrice } from '#lib/paywall/resources/resource-store.ts'

/** What is sold, by names of blobs (SHA-256, hex). */
export interface PageContent {
  readonly origins: readonly string[]
  readonly words: number
  readonly sourceDigest: string
  /** Of nothing: the free part stands on the creator's own site. */
  readonly previewDigest: string
  readonly bodyDigest: string
  readonly treeDigest: string
}

/** A page as a gate knows it; shown on our host, it is an article without a free part. */
export interface CatalogPage extends CatalogArticle, PageContent {}

/** A page as its creator sees it. */
export interface SoldPage {
  readonly id: string
  readonly slug: string
  readonly title: string
  readonly lead: string
  readonly revision: number
  readonly origins: readonly string[]
  readonly markdown: string
  readonly words: number
  readonly amountMsat: Msat | null
}

const NO_PICTURES: CatalogArticle['pictures'] = new Map()

/** What is on sale of these resources, by `resourceName`. */
export async function listCatalogPages(
  tx: Tx,
  keys: readonly ResourceKey[],
): Promise<ReadonlyMap<string, CatalogPage>> {
  const rows = await tx.$queryRaw<(ResourceKey & PageContent)[]>`
    select page.creator_id as "creatorId", page.resource_id as "resourceId", origins, words,
      encode(source_digest, 'hex') as "sourceDigest", encode(preview_digest, 'hex') as "previewDigest",
      encode(body_digest, 'hex') as "bodyDigest", encode(tree_digest, 'hex') as "treeDigest"
    from ${asRows(keys)} join page using (creator_id, resource_id)`
  return new Map(
    rows.map(({ creatorId, resourceId, ...content }) => [
      resourceName({ creatorId, resourceId }),
      { ...content, previewWords: 0, pictures: NO_PICTURES },
    ]),
  )
}

/** `null`: this creator has no such page. */
export async function findPage(db: Db, { creatorId, resourceId }: ResourceKey): Promise<SoldPage | null> {
  return db.asCreator(creatorId, async (tx) => {
    const row = await tx.resource.findUnique({
      where: { creatorId_id: { creatorId, id: resourceId } },
      include: { ...WITH_OFFERS, page: true },
    })
    if (row === null || row.page === null) return null
    const { id, slug, title, lead } = row
    const { revision, origins, markdown, words } = row.page
    return { id, slug, title, lead, revision, origins, markdown, words, amountMsat: firstPrice(row) }
  })
}

/** Puts this content in place of what was there; the revision rises. */
export async function writePage(tx: Tx, page: ResourceKey & PageContent & { markdown: string }): Promise<void> {
  const { creatorId, resourceId, origins, markdown, words } = page
  await tx.$executeRaw`
    insert into page (creator_id, resource_id, origins, markdown, words, source_digest, preview_digest, body_digest, tree_digest)
    values (${creatorId}, ${resourceId}, ${[...origins]}, ${markdown}, ${words}, decode(${page.sourceDigest}, 'hex'),
      decode(${page.previewDigest}, 'hex'), decode(${page.bodyDigest}, 'hex'), decode(${page.treeDigest}, 'hex'))
    on conflict (creator_id, resource_id) do update set revision = page.revision + 1, origins = excluded.origins,
      markdown = excluded.markdown, words = excluded.words, source_digest = excluded.source_digest,
      preview_digest = excluded.preview_digest, body_digest = excluded.body_digest, tree_digest = excluded.tree_digest`
}

/** The number of the content on sale; `null`: this creator has no such page. */
export async function readPageRevision(tx: Tx, { creatorId, resourceId }: ResourceKey): Promise<number | null> {
  const row = await tx.page.findUnique({
    where: { creatorId_resourceId: { creatorId, resourceId } },
    select: { revision: true },
  })
  return row?.revision ?? null
}

/** How many pages a creator has; each keeps its text. */
export async function countPages(tx: Tx, creatorId: string): Promise<number> {
  return tx.page.count({ where: { creatorId } })
}

export async function deletePageRow(tx: Tx, { creatorId, resourceId }: ResourceKey): Promise<void> {
  await tx.page.deleteMany({ where: { creatorId, resourceId } })
}

/** Those of these digests (lower-case hex) that a page names, whoever's it is. */
export async function listUsedPageDigests(tx: Tx, digests: readonly string[]): Promise<Set<string>> {
  const rows = await tx.$queryRaw<{ digest: string }[]>`
    select encode(named.digest, 'hex') as digest
    from (select decode(hex, 'hex') as digest from unnest(${[...digests]}::text[]) as wanted(hex)) as named
    where named.digest in (select source_digest from page) or named.digest in (select preview_digest from page)
      or named.digest in (select body_digest from page) or named.digest in (select tree_digest from page)`
  return new Set(rows.map(({ digest }) => digest))
}
