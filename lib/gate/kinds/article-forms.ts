/** What an article is in bytes, in each of its forms; the same request finds them made already. */
import { LRUCache } from 'lru-cache'
import type { BlobFolder } from '#lib/content/blob-folder.ts'
import { Fault } from '#lib/errors.ts'
import { tagContent } from '#lib/gate/answers/content.ts'
import type { PageFrame } from '#lib/gate/answers/page-frame.ts'
import { JSON_TYPE, NOSNIFF } from '#lib/gate/headers.ts'
import type { HeaderField } from '#lib/gate/request.ts'
import type { Content } from '#lib/gate/target.ts'
import { encodeHex, encodeUtf8, type Sha256 } from '#lib/l402/bytes.ts'
import { admitsNewcomer } from '#lib/newcomers.ts'
import { priceSats } from '#lib/paywall/offers/offer.ts'
import type { CatalogArticle } from '#lib/paywall/resources/article/article-store.ts'
import type { CatalogResource, CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import { renderArticlePage } from '#lib/reader/article-page.tsx'
import type { ReaderArticle } from '#lib/reader/props.ts'
import type { ArticleForm } from './article-media.ts'
import { toSoldHtml, toSoldMarkdown } from './article-text.ts'

interface Article {
  readonly creator: CreatorSnapshot
  readonly resource: CatalogResource<CatalogArticle>
  /** What its price is worth to the reader, on the page before paying; absent: not said. */
  readonly fiat?: string | null
}

/** `preview`: the page before paying; the others are the article. */
type PageKind = ArticleForm | 'preview'

export interface ArticleForms {
  /** The bytes at once when they are in memory, else as soon as the blobs are read. Throws `Fault` when one is missing. */
  get(article: Article, kind: PageKind): Content | Promise<Content>
  /** The page before paying for one reader, who has asked for an invoice. */
  waiting(article: Article, challengeId: string): Promise<Content>
  /** The HTML before the cut, for another page than ours. */
  excerpt(resource: CatalogResource<CatalogArticle>, origin: string): Promise<string>
}

export interface ArticleFormsDeps {
  readonly blobs: Pick<BlobFolder, 'get'>
  readonly sha256: Sha256
  readonly frame: Pick<PageFrame, 'fields' | 'of' | 'originOf'>
  /** What the page tells of the article. */
  readonly describe: (resource: CatalogResource<CatalogArticle>) => ReaderArticle
  /** All forms together; the ones longest unused are dropped, for few of the new ones. */
  readonly maxBytes?: number
}

const MAX_BYTES = 64 * 1024 * 1024

/** Keyed by everything that stands in a form, so a change is a new key, and what did not change is not made again. */
export function createArticleForms(deps: ArticleFormsDeps): ArticleForms {
  const cache = new LRUCache<string, Content>({
    maxSize: deps.maxBytes ?? MAX_BYTES,
    sizeCalculation: ({ length }) => Math.max(1, length),
  })
  /** As of one snapshot: what its creator is called or looks like may change without the resource. */
  const keys = new WeakMap<CatalogResource, { readonly creator: CreatorSnapshot; readonly byKind: KindKeys }>()
  return {
    async waiting(article, waitingId) {
      const previewHtml = await readText(deps, article.resource.detail.previewDigest)
      const body = encodeUtf8(renderPage(deps, article, { previewHtml, bodyHtml: null, waitingId }))
      return { etag: null, length: body.length, fields: deps.frame.fields, body, packing: 'quick' }
    },
    excerpt: async ({ detail }, origin) => toSoldHtml(await readText(deps, detail.previewDigest), origin),
    get(article, kind) {
      const { creator, resource, fiat } = article
      const kept = keys.get(resource)
      const known = kept?.creator === creator ? kept.byKind : {}
      // What it is worth is another text every minute, and one for each currency.
      const key = (fiat ? undefined : known[kind]) ?? keyOf(deps, article, kind)
      if (!fiat && known[kind] !== key) keys.set(resource, { creator, byKind: { ...known, [kind]: key } })
      return cache.get(key) ?? make(deps, article, kind).then((made) => keep(cache, key, made))
    },
  }
}

type KindKeys = Partial<Record<PageKind, string>>

function keep(cache: LRUCache<string, Content>, key: string, made: Content): Content {
  const isFull = cache.calculatedSize + made.length > cache.maxSize
  if (!isFull || admitsNewcomer(Math.random)) cache.set(key, made)
  return made
}

/** The creator's names, picture and address stand in the page; everything else is of the resource. */
function keyOf(deps: ArticleFormsDeps, { creator, resource, fiat = null }: Article, kind: PageKind): string {
  const { pictures, ...text } = resource.detail
  const { name, byline, picture, host } = creator
  const facts = [kind, name, byline, picture, host, deps.describe(resource), text, pictures.size, fiat]
  return encodeHex(deps.sha256(encodeUtf8(JSON.stringify(facts, writeAmounts))))
}

/** An amount in msat is a bigint, which JSON has not. */
function writeAmounts(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}

async function make(deps: ArticleFormsDeps, article: Article, kind: PageKind): Promise<Content> {
  const [fields, text] = await MAKERS[kind](deps, article)
  const body = typeof text === 'string' ? encodeUtf8(text) : text
  return tagContent(deps.sha256, body, { fields, packing: 'best' })
}

type Maker = (
  deps: ArticleFormsDeps,
  article: Article,
) => Promise<readonly [fields: readonly HeaderField[], text: string | Uint8Array]>

const MARKDOWN_FIELDS: readonly HeaderField[] = [['Content-Type', 'text/markdown; charset=utf-8'], NOSNIFF]

const MAKERS: Readonly<Record<PageKind, Maker>> = {
  async markdown(deps, { creator, resource }) {
    const source = await readText(deps, resource.detail.sourceDigest)
    return [MARKDOWN_FIELDS, toSoldMarkdown(resource, source, deps.frame.originOf(creator))]
  },
  async html(deps, article) {
    const { previewDigest, bodyDigest } = article.resource.detail
    const [previewHtml, bodyHtml] = await Promise.all([readText(deps, previewDigest), readText(deps, bodyDigest)])
    return [deps.frame.fields, renderPage(deps, article, { previewHtml, bodyHtml })]
  },
  async preview(deps, article) {
    const previewHtml = await readText(deps, article.resource.detail.previewDigest)
    return [deps.frame.fields, renderPage(deps, article, { previewHtml, bodyHtml: null })]
  },
  async json(deps, { creator, resource }) {
    const { sourceDigest, previewDigest, bodyDigest } = resource.detail
    const [source, previewHtml, bodyHtml] = await Promise.all([
      readText(deps, sourceDigest),
      readText(deps, previewDigest),
      readText(deps, bodyDigest),
    ])
    const origin = deps.frame.originOf(creator)
    const members = {
      ...describeAsJson(resource, origin),
      markdown: toSoldMarkdown(resource, source, origin),
      html: toSoldHtml(previewHtml + bodyHtml, origin),
    }
    return [[JSON_TYPE, NOSNIFF], JSON.stringify(members)]
  },
}

function renderPage(
  deps: ArticleFormsDeps,
  { creator, resource, fiat = null }: Article,
  html: { previewHtml: string; bodyHtml: string | null; waitingId?: string },
): string {
  const origin = deps.frame.originOf(creator)
  const previewHtml = toSoldHtml(html.previewHtml, origin)
  const bodyHtml = html.bodyHtml && toSoldHtml(html.bodyHtml, origin)
  const { waitingId = null } = html
  const facts = { article: { ...deps.describe(resource), fiat }, previewHtml, bodyHtml, waitingId }
  return renderArticlePage({ ...deps.frame.of(creator), ...facts })
}

function describeAsJson(resource: CatalogResource<CatalogArticle>, origin: string): object {
  return {
    url: `${origin}/${resource.slug}`,
    id: resource.id,
    service: resource.service,
    kind: resource.kind,
    title: resource.title,
    lead: resource.lead,
    language: resource.language,
    words: resource.detail.words,
    published_at: resource.publishedAt.toISOString(),
    price_sats: priceSats(resource.offers[0]),
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
