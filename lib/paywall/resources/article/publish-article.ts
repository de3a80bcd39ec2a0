/** Puts a draft on sale: rendered, its bytes on disk first, then everything else in one transaction. */
import type { Clock } from '#lib/clock.ts'
import { refuseArticle } from '#lib/content/article-limits.ts'
import type { BlobFolder } from '#lib/content/blob-folder.ts'
import { type RenderedArticle, renderArticle } from '#lib/content/render-article.ts'
import type { Db, Tx } from '#lib/db.ts'
import type { InvalidInput } from '#lib/errors.ts'
import { encodeUtf8 } from '#lib/l402/bytes.ts'
import { raiseChangeNumber } from '#lib/paywall/creators/creator-store.ts'
import { appendEvents } from '#lib/paywall/outbox-store.ts'
import type { ResourceKey } from '#lib/paywall/resources/resource.ts'
import { createService, putOnSale } from '#lib/paywall/resources/resource-store.ts'
import {
  type Article,
  findArticle,
  lockRevision,
  readArticle,
  writePicturePlaces,
  writePublished,
} from './article-store.ts'
import { picturePath } from './picture.ts'

export interface PublishDeps {
  readonly db: Db
  readonly blobs: Pick<BlobFolder, 'put'>
  readonly clock: Clock
}

export type PublishedArticle =
  | {
      readonly kind: 'published'
      readonly slug: string
      readonly service: string
      /** What the source holds and the page does not: unsafe markup, foreign pictures. */
      readonly removed: RenderedArticle['removed']
    }
  /** The draft was saved again since `revision`. */
  | { readonly kind: 'conflict'; readonly theirs: Article }
  | { readonly kind: 'unknown' }
  | InvalidInput

/**
 * Publishes the draft at `revision`, or a changed draft again. The first publishing names the service and sets the day;
 * both stay. Answers sentences by field (title, price, markdown, cutBlock) when the article cannot be sold yet.
 */
export async function publishArticle(
  deps: PublishDeps,
  input: ResourceKey & { revision: number },
): Promise<PublishedArticle> {
  const article = await findArticle(deps.db, input)
  if (article === null) return { kind: 'unknown' }
  if (article.revision !== input.revision) return { kind: 'conflict', theirs: article }
  const fields = refuseUnready(article)
  if (Object.keys(fields).length > 0) return { kind: 'invalid', fields }
  const rendered = render(article)
  if (rendered.words === rendered.previewWords) {
    return {
      kind: 'invalid',
      fields: { cutBlock: 'Nothing stands behind the cut. Move it up, so that there is something to buy.' },
    }
  }
  // Bytes before rows: a resource that a gate knows always has its content.
  const digests = await putBlobs(deps.blobs, article, rendered)
  return deps.db.asCreator(input.creatorId, (tx) =>
    commit(tx, { ...input, article, rendered, digests, at: deps.clock.now() }),
  )
}

function refuseUnready(article: Article): Record<string, string> {
  const refusal = refuseArticle(article.markdown)
  return {
    ...(article.title.trim() === '' ? { title: 'Give the article a title.' } : {}),
    ...(article.amountMsat === null ? { price: 'Set a price first.' } : {}),
    ...(refusal === null ? {} : { markdown: `Line ${refusal.line}: ${refusal.message}` }),
  }
}

function render(article: Article): RenderedArticle {
  const types = new Map(article.pictures.map((picture) => [picture.digest, picture.mediaType]))
  return renderArticle(article.markdown, {
    cutBlock: article.cutBlock,
    picturePath: (digest) => {
      const mediaType = types.get(digest)
      return mediaType === undefined ? null : picturePath(article.slug, digest, mediaType)
    },
  })
}

interface Digests {
  readonly sourceDigest: string
  readonly previewDigest: string
  readonly bodyDigest: string
}

async function putBlobs(blobs: PublishDeps['blobs'], article: Article, rendered: RenderedArticle): Promise<Digests> {
  const [sourceDigest, previewDigest, bodyDigest] = await Promise.all([
    blobs.put(encodeUtf8(article.markdown)),
    blobs.put(encodeUtf8(rendered.previewHtml)),
    blobs.put(encodeUtf8(rendered.bodyHtml)),
  ])
  return { sourceDigest, previewDigest, bodyDigest }
}

interface Publication extends ResourceKey {
  readonly revision: number
  readonly article: Article
  readonly rendered: RenderedArticle
  readonly digests: Digests
  readonly at: Date
}

async function commit(tx: Tx, publication: Publication): Promise<PublishedArticle> {
  const { creatorId, resourceId, article, rendered, digests, at } = publication
  const key = { creatorId, resourceId }
  await raiseChangeNumber(tx, creatorId)
  if (!(await lockRevision(tx, publication))) return conflictOrUnknown(await readArticle(tx, key))
  const current = await readArticle(tx, key)
  if (current === null) return { kind: 'unknown' }
  const service = current.service ?? (await createService(tx, { creatorId, slug: current.slug }))
  const { title, lead } = article
  const { words, previewWords } = rendered
  await putOnSale(tx, key, { service, title, lead, at })
  await writePublished(tx, key, { words, previewWords, ...digests })
  await writePicturePlaces(
    tx,
    key,
    rendered.pictures.filter((picture) => picture.inPreview).map((picture) => picture.digest),
  )
  await appendEvents(tx, [{ creatorId, type: 'resource.published', payload: { resourceId, slug: current.slug } }])
  return { kind: 'published', slug: current.slug, service, removed: rendered.removed }
}

function conflictOrUnknown(theirs: Article | null): PublishedArticle {
  return theirs === null ? { kind: 'unknown' } : { kind: 'conflict', theirs }
}
