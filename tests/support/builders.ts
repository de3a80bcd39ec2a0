/** Creators with published articles, made by the same verbs as in life, for tests that start from there. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '#lib/clock.ts'
import { type BlobFolder, createBlobFolder } from '#lib/content/blob-folder.ts'
import type { Db } from '#lib/db.ts'
import { newId } from '#lib/ids.ts'
import { createCreator } from '#lib/paywall/creators/create-creator.ts'
import { setPrice } from '#lib/paywall/offers/set-price.ts'
import { findArticle, listCatalogArticles } from '#lib/paywall/resources/article/article-store.ts'
import { publishArticle } from '#lib/paywall/resources/article/publish-article.ts'
import { saveArticle } from '#lib/paywall/resources/article/save-article.ts'
import { testRenderer } from './renderer.ts'

/** Wraps ring keys in tests, in the shape of `KEY_ENCRYPTION_KEYS`. */
export const TEST_WRAPPING_KEYS = [{ id: 'test', key: new Uint8Array(32).fill(7) }]
export const TEST_HOSTS = '*.localhost:8402'
/** What a catalogue loads of the kinds that are sold here. */
export const TEST_LOADERS = new Map([['article', listCatalogArticles]])

/** A sentence that stands behind every cut made here and nowhere else: what no unpaid answer may hold. */
const PAID_SENTENCE = 'This sentence is only for those who paid.'
const FREE_SENTENCE = 'This sentence is free.'

export interface BuiltArticle {
  readonly resourceId: string
  readonly slug: string
  readonly service: string
  readonly priceSats: number
}

export interface BuiltCreator {
  readonly creatorId: string
  readonly userId: string
  readonly handle: string
  readonly shortId: string
  readonly host: string
  readonly articles: readonly BuiltArticle[]
}

export interface BuildDeps {
  /** A role that may write everything: the owner of a test database. */
  readonly db: Db
  readonly blobs: BlobFolder
}

/** A folder for blobs that is gone after `remove`. */
export function createTestBlobs(): { blobs: BlobFolder; path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'satstile-blobs-'))
  return { blobs: createBlobFolder(path), path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** A creator with its owner and `articles` published articles (2) at 210, 220 … sats. */
export async function buildCreator(
  deps: BuildDeps,
  options: { handle?: string; articles?: number; hosts?: string } = {},
): Promise<BuiltCreator> {
  const handle = options.handle ?? `creator-${randomBytes(5).toString('hex')}`
  const userId = newId('usr')
  await deps.db.client.user.create({ data: { id: userId, email: `${handle}@example.test` } })
  const created = await createCreator(deps, { userId, handle, name: `Notes of ${handle}`, byline: 'Somebody' })
  if (created.kind !== 'created') throw new RangeError(`creator not built: ${JSON.stringify(created)}`)
  const articles: BuiltArticle[] = []
  for (let n = 0; n < (options.articles ?? 2); n += 1) {
    articles.push(
      await buildArticle(deps, { creatorId: created.creatorId, title: `Article ${n + 1}`, priceSats: 210 + 10 * n }),
    )
  }
  const host = (options.hosts ?? TEST_HOSTS).replace('*', handle)
  return { creatorId: created.creatorId, userId, handle, shortId: created.shortId, host, articles }
}

/** One more article of a creator, published, with one free and one paid paragraph. */
export async function buildArticle(
  deps: BuildDeps,
  input: { creatorId: string; title: string; priceSats: number; markdown?: string },
): Promise<BuiltArticle> {
  const { creatorId, title, priceSats } = input
  const markdown = input.markdown ?? `${FREE_SENTENCE} ${title}.\n\n${PAID_SENTENCE} ${title}.\n`
  const draft = { title, lead: '', markdown, cutBlock: 1 }
  const saved = await saveArticle(deps, { creatorId, resourceId: null, revision: null, ...draft })
  if (saved.kind !== 'saved') throw new RangeError(`article not saved: ${JSON.stringify(saved)}`)
  const key = { creatorId, resourceId: saved.resourceId }
  await setPrice(deps, { ...key, price: String(priceSats) })
  const published = await publishArticle(
    { ...deps, renderer: testRenderer, clock: systemClock },
    { ...key, revision: saved.revision },
  )
  if (published.kind !== 'published') throw new RangeError(`article not published: ${JSON.stringify(published)}`)
  const article = await findArticle(deps.db, key)
  return { resourceId: saved.resourceId, slug: article?.slug ?? '', service: published.service, priceSats }
}
