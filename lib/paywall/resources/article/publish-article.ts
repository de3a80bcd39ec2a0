/** Puts a draft on sale: rendered, its bytes on disk first, then everything else in one transaction. */
import type { Clock } from '#lib/clock.ts'
import type { ArticleRenderer, RenderOutcome } from '#lib/content/article-renderer.ts'
import type { BlobFolder } from '#lib/content/blob-folder.ts'
import { plainTitle } from '#lib/content/plain-title.ts'
import type { RenderedArticle } from '#lib/content/render-article.ts'
import type { Db, Tx } from '#lib/db.ts'
import type { InvalidInput } from '#lib/errors.ts'
import { encodeUtf8 } from '#lib/l402/bytes.ts'
import type { Msat } from '#lib/money.ts'
import { lockCreator, raiseChangeNumber } from '#lib/paywall/creators/creator-store.ts'
import { type ParsedPrice, parsePrice } from '#lib/paywall/offers/price.ts'
import { writePrice } from '#lib/paywall/offers/set-price.ts'
import { appendEvents } from '#lib/paywall/outbox-store.ts'
import type { ResourceKey } from '#lib/paywall/resources/resource.ts'
import { createService, putOnSale } from '#lib/paywall/resources/resource-store.ts'
import { type Article, findArticle, lockRevision, readArticle, writePublished } from './article-store.ts'
import { placesOf } from './picture.ts'
import { writePicturePlaces } from './picture-store.ts'
import { appendVersion, sumVersions, type VersionStorage } from './version-store.ts'

export interface PublishDeps {
  readonly db: Db
  readonly blobs: Pick<BlobFolder, 'put'>
  readonly renderer: Pick<ArticleRenderer, 'render'>
  readonly clock: Clock
  /** In place of every creator's. */
  readonly quota?: VersionStorage
}

/**
 * Each publishing keeps its text while its article is there, and each deleted article its name for ever, so there is an end to
 * them: thousands of articles, corrected many times.
 */
const VERSION_QUOTA: VersionStorage = { versions: 20_000, bytes: 1_000_000_000 }

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
 * both stay. `price`, in sats as typed, holds from the same moment; left out, the price stays. Answers sentences by field
 * (title, price, markdown, cutBlock) when the article cannot be sold yet; nothing changed then, the price neither.
 */
export async function publishArticle(
  deps: PublishDeps,
  input: ResourceKey & { revision: number; price?: string },
): Promise<PublishedArticle> {
  const article = await findArticle(deps.db, input)
  if (article === null) return { kind: 'unknown' }
  if (article.revision !== input.revision) return { kind: 'conflict', theirs: article }
  const price = input.price === undefined ? null : parsePrice(input.price)
  const fields = refuseUnready(article, price)
  if (Object.keys(fields).length > 0) return { kind: 'invalid', fields }
  const quota = deps.quota ?? VERSION_QUOTA
  const full = await deps.db.asCreator(input.creatorId, (tx) => refuseFull(tx, input.creatorId, quota))
  if (full !== null) return full
  const outcome = await render(deps.renderer, article)
  if (outcome.kind === 'refused') {
    return { kind: 'invalid', fields: { markdown: `Line ${outcome.line}: ${outcome.message}` } }
  }
  const { article: rendered, language } = outcome
  if (rendered.words === rendered.previewWords) {
    return {
      kind: 'invalid',
      fields: { cutBlock: 'Nothing stands behind the cut. Move it up, so that there is something to buy.' },
    }
  }
  // Bytes before rows: a resource that a gate knows always has its content.
  const digests = await putBlobs(deps.blobs, article, rendered)
  return deps.db.asCreator(input.creatorId, (tx) =>
    commit(tx, {
      ...input,
      priceMsat: price?.kind === 'price' ? price.amountMsat : null,
      article,
      rendered,
      language: article.language ?? language ?? 'en',
      digests,
      at: deps.clock.now(),
      quota,
    }),
  )
}

function refuseUnready(article: Article, price: ParsedPrice | null): Record<string, string> {
  const priceFault = price?.kind === 'invalid' ? price.message : null
  return {
    ...(article.title.trim() === '' ? { title: 'Give the article a title.' } : {}),
    ...(priceFault === null ? {} : { price: priceFault }),
    ...(price === null && article.amountMsat === null ? { price: 'Set a price first.' } : {}),
  }
}

function render(renderer: PublishDeps['renderer'], article: Article): Promise<RenderOutcome> {
  const { markdown, cutBlock, slug } = article
  return renderer.render({ markdown, cutBlock, pictures: placesOf(slug, article.pictures) })
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
  /** `null`: as it is. */
  readonly priceMsat: Msat | null
  readonly article: Article
  readonly rendered: RenderedArticle
  readonly language: string
  readonly digests: Digests
  readonly at: Date
  readonly quota: VersionStorage
}

async function refuseFull(tx: Tx, creatorId: string, quota: VersionStorage): Promise<InvalidInput | null> {
  const { versions, bytes } = await sumVersions(tx, creatorId)
  if (versions < quota.versions && bytes < quota.bytes) return null
  const message = `You have published ${versions.toLocaleString('en-US')} versions, and no more can be kept. Readers see the last one. Deleting an article makes room.`
  return { kind: 'invalid', fields: { markdown: message } }
}

async function commit(tx: Tx, publication: Publication): Promise<PublishedArticle> {
  const { creatorId, resourceId, article, priceMsat, rendered, language, digests, at, quota } = publication
  const key = { creatorId, resourceId }
  // Holds the creator's row, so publishings of one creator are counted one after the other; nothing was written yet.
  const full = (await lockCreator(tx, creatorId)) ? await refuseFull(tx, creatorId, quota) : null
  if (full !== null) return full
  await raiseChangeNumber(tx, creatorId)
  if (!(await lockRevision(tx, publication))) return conflictOrUnknown(await readArticle(tx, key))
  const current = await readArticle(tx, key)
  if (current === null) return { kind: 'unknown' }
  if (priceMsat !== null) await writePrice(tx, key, { amountMsat: priceMsat, keepsFiat: true })
  const service = current.service ?? (await createService(tx, { creatorId, slug: current.slug }))
  const { lead } = article
  const title = plainTitle(article.title)
  const { words, previewWords } = rendered
  await putOnSale(tx, key, { service, title, lead, language, at })
  await writePublished(tx, key, { words, previewWords, ...digests })
  await appendVersion(tx, publication, article)
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
