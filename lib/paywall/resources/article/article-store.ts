/** Every query on what only an article has: its draft, its pictures, and what was published of it. */
import type { Db, Tx } from '#lib/db.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import type { Msat } from '#lib/money.ts'
import { WITH_OFFERS } from '#lib/paywall/offers/offer-store.ts'
import { type ResourceKey, resourceName } from '#lib/paywall/resources/resource.ts'
import { asRows } from '#lib/paywall/resources/resource-key-store.ts'
import { firstPrice } from '#lib/paywall/resources/resource-store.ts'
import { type ArticlePicture, type CatalogPicture, listCatalogPictures, listPictures } from './picture-store.ts'
import { type ArticleVersion, readNewestVersion } from './version-store.ts'

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
    include: WITH_OFFERS,
  })
  if (row === null || draft === null) return null
  const pictures = await listPictures(tx, key)
  const { title, lead, markdown, language, cutBlock, revision, updatedAt } = draft
  return {
    ...{ id: row.id, slug: row.slug, service: row.service, publishedAt: row.publishedAt, pausedAt: row.pausedAt },
    ...{ title, lead, markdown, language, cutBlock, revision, updatedAt },
    amountMsat: firstPrice(row),
    pictures,
    published: row.publishedAt === null ? null : await readNewestVersion(tx, key),
    publishedTitle: row.publishedAt === null ? null : row.title,
  }
}

/** Whether this creator has an article of this id. */
export async function hasDraft(tx: Tx, { creatorId, resourceId }: ResourceKey): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    select 1 from article_draft where creator_id = ${creatorId} and resource_id = ${resourceId}`
  return rows.length === 1
}

/** Adds the first revision of a draft to its resource. */
export async function insertDraft(tx: Tx, draft: ResourceKey & Draft): Promise<void> {
  await tx.articleDraft.create({ data: draft })
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

/** Holds the draft at `revision` until the transaction ends; `false`: it is at another one. */
export async function lockRevision(tx: Tx, key: ResourceKey & { revision: number }): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    select 1 from article_draft
    where creator_id = ${key.creatorId} and resource_id = ${key.resourceId} and revision = ${key.revision} for update`
  return rows.length === 1
}

/** What was published of an article: names of blobs (SHA-256, hex) and lengths. */
export interface PublishedText {
  readonly words: number
  readonly previewWords: number
  /** The Markdown. */
  readonly sourceDigest: string
  /** HTML before the cut and behind it. */
  readonly previewDigest: string
  readonly bodyDigest: string
}

/** Writes what readers see from now on. */
export async function writePublished(tx: Tx, key: ResourceKey, text: PublishedText): Promise<void> {
  await tx.$executeRaw`
    insert into article (creator_id, resource_id, words, preview_words, source_digest, preview_digest, body_digest)
    values (${key.creatorId}, ${key.resourceId}, ${text.words}, ${text.previewWords},
      decode(${text.sourceDigest}, 'hex'), decode(${text.previewDigest}, 'hex'), decode(${text.bodyDigest}, 'hex'))
    on conflict (creator_id, resource_id) do update set words = excluded.words, preview_words = excluded.preview_words,
      source_digest = excluded.source_digest, preview_digest = excluded.preview_digest, body_digest = excluded.body_digest`
}

/** An article as a gate knows it, beside what every resource has. */
export interface CatalogArticle extends PublishedText {
  readonly pictures: ReadonlyMap<string, CatalogPicture>
}

/** What was published of these resources, by `resourceName`. One statement after the other: a connection takes one at a time. */
export async function listCatalogArticles(
  tx: Tx,
  keys: readonly ResourceKey[],
): Promise<ReadonlyMap<string, CatalogArticle>> {
  const rows = await tx.$queryRaw<ArticleRow[]>`
    select article.creator_id as "creatorId", article.resource_id as "resourceId", words, preview_words as "previewWords",
      source_digest as "sourceDigest", preview_digest as "previewDigest", body_digest as "bodyDigest"
    from ${asRows(keys)} join article using (creator_id, resource_id)`
  const pictures = Map.groupBy(await listCatalogPictures(tx, keys), resourceName)
  return new Map(
    rows.map(({ creatorId, resourceId, words, previewWords, ...digests }) => [
      resourceName({ creatorId, resourceId }),
      {
        words,
        previewWords,
        sourceDigest: encodeHex(digests.sourceDigest),
        previewDigest: encodeHex(digests.previewDigest),
        bodyDigest: encodeHex(digests.bodyDigest),
        pictures: new Map(
          (pictures.get(resourceName({ creatorId, resourceId })) ?? []).map(
            ({ digest, mediaType, byteLength, inPreview }) => [encodeHex(digest), { mediaType, byteLength, inPreview }],
          ),
        ),
      },
    ]),
  )
}

interface ArticleRow extends ResourceKey {
  readonly words: number
  readonly previewWords: number
  readonly sourceDigest: Uint8Array
  readonly previewDigest: Uint8Array
  readonly bodyDigest: Uint8Array
}
