/** What a paid article is in bytes, in each of its three forms; the same request finds them made already. */

import type { BlobFolder } from '#lib/content/blob-folder.ts'
import { Fault } from '#lib/errors.ts'
import { encodeHex, encodeUtf8, type Sha256 } from '#lib/l402/bytes.ts'
import { msatToSatsUp } from '#lib/money.ts'
import type { CatalogResource, CreatorSnapshot } from '#lib/paywall/resources/catalog.ts'
import type { ReaderPages } from './reader-pages.ts'
import type { ArticleForm } from './request.ts'

export interface ArticleBytes {
  readonly bytes: Uint8Array
  readonly contentType: string
  /** Quoted, from the bytes themselves (RFC 9110 §8.8.3). */
  readonly etag: string
}

/** `preview`: the page before paying; the others are the article. */
export type PageKind = ArticleForm | 'preview'

export interface ArticleForms {
  /** The bytes at once when they are in memory, else as soon as the blobs are read. Throws `Fault` when one is missing. */
  get(
    article: { creator: CreatorSnapshot; resource: CatalogResource },
    kind: PageKind,
  ): ArticleBytes | Promise<ArticleBytes>
}

export interface ArticleFormsDeps {
  readonly blobs: Pick<BlobFolder, 'get'>
  readonly pages: Pick<ReaderPages, 'article'>
  readonly sha256: Sha256
  /** All forms together; the ones longest unused are dropped. */
  readonly maxBytes?: number
}

const MAX_BYTES = 64 * 1024 * 1024

/** Keyed by the creator's change number, so a new price, text or name is a new key and no one has to forget the old one. */
export function createArticleForms(deps: ArticleFormsDeps): ArticleForms {
  const cache = createByteCache(deps.maxBytes ?? MAX_BYTES)
  return {
    get(article, kind) {
      const key = `${article.creator.creatorId}/${article.creator.changeNumber}/${article.resource.id}/${kind}`
      return cache.find(key) ?? make(deps, article, kind).then((made) => cache.add(key, made))
    },
  }
}

type Article = Parameters<ArticleForms['get']>[0]

async function make(deps: ArticleFormsDeps, article: Article, kind: PageKind): Promise<ArticleBytes> {
  const [contentType, text] = await MAKERS[kind](deps, article)
  const bytes = typeof text === 'string' ? encodeUtf8(text) : text
  return { bytes, contentType, etag: `"${encodeHex(deps.sha256(bytes)).slice(0, 32)}"` }
}

type Maker = (
  deps: ArticleFormsDeps,
  article: Article,
) => Promise<readonly [contentType: string, text: string | Uint8Array]>

const MAKERS: Readonly<Record<PageKind, Maker>> = {
  async markdown(deps, { resource }) {
    return ['text/markdown; charset=utf-8', await read(deps, resource.sourceDigest)]
  },
  async html(deps, { creator, resource }) {
    const [previewHtml, bodyHtml] = await Promise.all([
      readText(deps, resource.previewDigest),
      readText(deps, resource.bodyDigest),
    ])
    return ['text/html; charset=utf-8', deps.pages.article(creator, resource, { previewHtml, bodyHtml })]
  },
  async preview(deps, { creator, resource }) {
    const previewHtml = await readText(deps, resource.previewDigest)
    return ['text/html; charset=utf-8', deps.pages.article(creator, resource, { previewHtml, bodyHtml: null })]
  },
  async json(deps, { resource }) {
    const [markdown, previewHtml, bodyHtml] = await Promise.all([
      readText(deps, resource.sourceDigest),
      readText(deps, resource.previewDigest),
      readText(deps, resource.bodyDigest),
    ])
    return [
      'application/json',
      JSON.stringify({ ...describeArticle(resource), markdown, html: previewHtml + bodyHtml }),
    ]
  },
}

function describeArticle(resource: CatalogResource): object {
  return {
    id: resource.id,
    service: resource.service,
    kind: resource.kind,
    title: resource.title,
    lead: resource.lead,
    language: resource.language,
    words: resource.words,
    published_at: resource.publishedAt.toISOString(),
    price_sats: Number(msatToSatsUp(resource.offer.amountMsat)),
  }
}

async function readText(deps: ArticleFormsDeps, digest: string): Promise<string> {
  return new TextDecoder().decode(await read(deps, digest))
}

async function read(deps: ArticleFormsDeps, digest: string): Promise<Uint8Array> {
  const bytes = await deps.blobs.get(digest)
  if (bytes === null) throw new Fault('database.unavailable', `content ${digest} is missing from the blob folder`)
  return bytes
}

/** A map that holds at most `maxBytes` of values; the key longest unused goes first. */
function createByteCache(maxBytes: number) {
  const entries = new Map<string, ArticleBytes>()
  let total = 0
  return {
    find(key: string): ArticleBytes | null {
      const entry = entries.get(key)
      if (entry === undefined) return null
      // Moved to the young end, but only when somebody else stands behind it: a hot article costs one look-up.
      if (entries.size > 1) {
        entries.delete(key)
        entries.set(key, entry)
      }
      return entry
    },
    add(key: string, entry: ArticleBytes): ArticleBytes {
      total += entry.bytes.length - (entries.get(key)?.bytes.length ?? 0)
      entries.delete(key)
      entries.set(key, entry)
      for (const [oldest, old] of entries) {
        if (total <= maxBytes || oldest === key) break
        entries.delete(oldest)
        total -= old.bytes.length
      }
      return entry
    },
  }
}
