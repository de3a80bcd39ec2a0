/** Puts a page on sale, or what it says now in place of what it said: bytes on disk first, then everything in one transaction. */
import type { Clock } from '#lib/clock.ts'
import type { ArticleRenderer } from '#lib/content/article-renderer.ts'
import type { BlobFolder } from '#lib/content/blob-folder.ts'
import type { RenderedArticle } from '#lib/content/render-article.ts'
import type { Db, Tx } from '#lib/db.ts'
import type { InvalidInput } from '#lib/errors.ts'
import { newId } from '#lib/ids.ts'
import { encodeUtf8 } from '#lib/l402/bytes.ts'
import type { Msat } from '#lib/money.ts'
import { lockCreator, raiseChangeNumber } from '#lib/paywall/creators/creator-store.ts'
import { parsePrice } from '#lib/paywall/offers/price.ts'
import { writePrice } from '#lib/paywall/offers/set-price.ts'
import { appendEvents } from '#lib/paywall/outbox-store.ts'
import type { ResourceKey } from '#lib/paywall/resources/resource.ts'
import {
  createService,
  findFreeSlug,
  insertResource,
  putOnSale,
  writeListing,
} from '#lib/paywall/resources/resource-store.ts'
import { suggestSlug } from '#lib/paywall/resources/suggest-slug.ts'
import { parseOrigins, refusePage } from './page.ts'
import { countPages, type PageContent, readPageRevision, writePage } from './page-store.ts'

export interface PublishPageDeps {
  readonly db: Db
  readonly blobs: Pick<BlobFolder, 'put'>
  readonly renderer: Pick<ArticleRenderer, 'render'>
  readonly clock: Clock
}

interface PageText {
  readonly creatorId: string
  readonly title: string
  readonly lead: string
  /** Sites that may show it, by line or comma, as typed. */
  readonly origins: string
  readonly markdown: string
}

export interface NewPage extends PageText {
  /** Last part of the address, when the creator chose one; else it follows the title. */
  readonly slug?: string
  /** In sats, as typed. */
  readonly price: string
}

export interface ChangedPage extends PageText, ResourceKey {
  /** What the change was made from. */
  readonly revision: number
}

export type PublishedPage =
  | { readonly kind: 'published'; readonly resourceId: string; readonly slug: string; readonly removed: Removed }
  | { readonly kind: 'unknown' }
  | InvalidInput

export type ChangedPageAnswer =
  | { readonly kind: 'changed'; readonly revision: number; readonly removed: Removed }
  /** Somebody changed it since; nothing was done. */
  | { readonly kind: 'conflict' }
  | { readonly kind: 'unknown' }
  | InvalidInput

/** What the source holds and the page does not. */
type Removed = RenderedArticle['removed']

/** Each keeps its text in the database and in the content folder. */
const MAX_PAGES = 2_000

/** Answers sentences by field (title, lead, slug, price, origins, markdown) when it cannot be sold yet; nothing has changed then. */
export async function publishPage(deps: PublishPageDeps, input: NewPage): Promise<PublishedPage> {
  const price = parsePrice(input.price)
  const content = await make(deps, input, price.kind === 'invalid' ? { price: price.message } : {})
  if (content.kind === 'invalid') return content
  if (price.kind === 'invalid') return { kind: 'invalid', fields: { price: price.message } }
  const { creatorId } = input
  return deps.db.asCreator(creatorId, async (tx) => {
    if (!(await lockCreator(tx, creatorId))) return { kind: 'unknown' }
    if ((await countPages(tx, creatorId)) >= MAX_PAGES)
      return { kind: 'invalid', fields: { '': `You have ${MAX_PAGES} pages, which is the most. Delete one first.` } }
    const key = { creatorId, resourceId: newId('res') }
    const slug = await findFreeSlug(tx, key, input.slug ?? suggestSlug(input.title))
    if (input.slug !== undefined && input.slug !== slug)
      return { kind: 'invalid', fields: { slug: 'Another resource of yours has this address.' } }
    await list(tx, key, { ...content, input, slug, amountMsat: price.amountMsat, at: deps.clock.now() })
    return { kind: 'published', resourceId: key.resourceId, slug, removed: content.removed }
  })
}

/** What it says from now on, also to who bought it before; its address and its price stay. */
export async function changePage(deps: PublishPageDeps, input: ChangedPage): Promise<ChangedPageAnswer> {
  const content = await make(deps, input, {})
  if (content.kind === 'invalid') return content
  const { creatorId, resourceId, revision } = input
  const key = { creatorId, resourceId }
  return deps.db.asCreator(creatorId, async (tx) => {
    const present = (await lockCreator(tx, creatorId)) ? await readPageRevision(tx, key) : null
    if (present === null) return { kind: 'unknown' }
    if (present !== revision) return { kind: 'conflict' }
    await raiseChangeNumber(tx, creatorId)
    await writePage(tx, { ...key, ...content.page, markdown: input.markdown })
    await writeListing(tx, key, { title: input.title.trim(), lead: input.lead.trim() })
    return { kind: 'changed', revision: revision + 1, removed: content.removed }
  })
}

interface Made {
  readonly kind: 'made'
  readonly page: PageContent
  readonly language: string
  readonly removed: Removed
}

/** Everything is told at once that can be told before the text is rendered. */
async function make(
  { blobs, renderer }: PublishPageDeps,
  input: PageText & { slug?: string },
  others: Readonly<Record<string, string>>,
): Promise<Made | InvalidInput> {
  const origins = parseOrigins(input.origins)
  const fields = {
    ...refusePage(input),
    ...others,
    ...(origins.kind === 'invalid' && { origins: origins.message }),
    ...(input.markdown.trim() === '' && { markdown: 'Write what is sold here.' }),
  }
  if (origins.kind === 'invalid' || Object.keys(fields).length > 0) return { kind: 'invalid', fields }
  const { markdown } = input
  const outcome = await renderer.render({ markdown, cutBlock: 0, pictures: new Map(), asTree: true })
  if (outcome.kind === 'refused')
    return { kind: 'invalid', fields: { markdown: `Line ${outcome.line}: ${outcome.message}` } }
  const { words, bodyHtml, bodyTree = [], removed } = outcome.article
  if (words === 0) return { kind: 'invalid', fields: { markdown: 'Write what is sold here.' } }
  const [sourceDigest, previewDigest, bodyDigest, treeDigest] = await Promise.all([
    blobs.put(encodeUtf8(markdown)),
    blobs.put(encodeUtf8('')),
    blobs.put(encodeUtf8(bodyHtml)),
    blobs.put(encodeUtf8(JSON.stringify(bodyTree))),
  ])
  const digests = { sourceDigest, previewDigest, bodyDigest, treeDigest }
  const page = { origins: origins.origins, words, ...digests }
  return { kind: 'made', page, language: outcome.language ?? 'en', removed }
}

interface Listed extends Pick<Made, 'page' | 'language'> {
  readonly input: NewPage
  readonly slug: string
  readonly amountMsat: Msat
  readonly at: Date
}

async function list(tx: Tx, key: ResourceKey, listed: Listed): Promise<void> {
  const { input, slug, language, at } = listed
  const { creatorId, resourceId } = key
  const title = input.title.trim()
  await raiseChangeNumber(tx, creatorId)
  await insertResource(tx, { ...key, kind: 'page', slug, title })
  const service = await createService(tx, { creatorId, slug })
  await writePage(tx, { ...key, ...listed.page, markdown: input.markdown })
  await putOnSale(tx, key, { service, title, lead: input.lead.trim(), language, at })
  await writePrice(tx, key, { amountMsat: listed.amountMsat })
  await appendEvents(tx, [{ creatorId, type: 'resource.published', payload: { resourceId, slug } }])
}
