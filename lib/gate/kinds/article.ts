/** The kind `article`: text with a free part, in three forms, and its pictures. */
import type { BlobFolder } from '#lib/content/blob-folder.ts'
import { Fault } from '#lib/errors.ts'
import { isUnchanged } from '#lib/gate/answers/conditions.ts'
import { type PageFrame, toItem } from '#lib/gate/answers/page-frame.ts'
import { NOSNIFF } from '#lib/gate/headers.ts'
import { findHeader, type GateRequest, type HeaderField } from '#lib/gate/request.ts'
import type { Content, HostedTarget } from '#lib/gate/target.ts'
import type { Sha256 } from '#lib/l402/bytes.ts'
import { READ } from '#lib/paywall/offers/offer.ts'
import { type CatalogArticle, listCatalogArticles } from '#lib/paywall/resources/article/article-store.ts'
import { findDamage } from '#lib/paywall/resources/article/find-damage.ts'
import type { CatalogResource } from '#lib/paywall/resources/snapshot.ts'
import { formatCount, formatMinutes } from '#lib/reader/format.ts'
import { type ArticleForms, createArticleForms } from './article-forms.ts'
import { chooseArticleForm } from './article-media.ts'
import type { Ask, Asked, Cost, Description, Kind, NotAllowed } from './kind.ts'
import { rememberForAMinute } from './remember.ts'

export interface ArticleKindDeps {
  readonly blobs: Pick<BlobFolder, 'get' | 'open'>
  readonly frame: Pick<PageFrame, 'fields' | 'of' | 'originOf' | 'fiatOf'>
  readonly sha256: Sha256
  /** All forms of all articles in memory. */
  readonly maxBytes?: number
}

/** The article itself, or one of its pictures by the lower-case hex digest of its bytes. */
export interface ArticlePlace {
  readonly picture: string | null
}

type ArticleResource = CatalogResource<CatalogArticle>
type AskedArticle = Asked<CatalogArticle, ArticlePlace>

const TEXT: ArticlePlace = { picture: null }
const PICTURE_NAME = /^([0-9a-f]{64})\.[a-z0-9]{2,4}$/
const NOT_ALLOWED: NotAllowed = { kind: 'not-allowed', methods: ['GET', 'HEAD', 'OPTIONS'] }
/** A picture is what its bytes say and nothing else: an SVG may hold scripts, and runs none under this policy. */
const PICTURE_POLICY: HeaderField = [
  'Content-Security-Policy',
  "default-src 'none'; style-src 'unsafe-inline'; sandbox",
]

export function createArticleKind(deps: ArticleKindDeps): Kind<CatalogArticle, ArticlePlace> {
  const forms = createArticleForms({
    ...deps,
    describe: (resource) => ({
      ...toItem(resource, describe(resource)),
      words: resource.detail.words,
      previewWords: resource.detail.previewWords,
    }),
  })
  // The gate hands back what this kind was asked about.
  const cost: Ask['cost'] = (asked) => costOf(forms, asked as AskedArticle)
  return {
    name: 'article',
    plural: 'Articles',
    load: listCatalogArticles,
    match: matchPlace,
    ask: (asked) => (asked.method === 'GET' || asked.method === 'HEAD' ? askFor(asked, cost) : NOT_ALLOWED),
    describe,
    isWhole: rememberForAMinute(async ({ detail }: ArticleResource) => (await findDamage(deps.blobs, detail)) === null),
    excerpt: (resource, origin) => forms.excerpt(resource, origin),
    preview(asked, waitingId) {
      const { creator, resource, request } = asked
      const shown = { creator, resource, fiat: deps.frame.fiatOf(request, resource.offers[0].price.amountMsat) }
      return waitingId ? forms.waiting(shown, waitingId) : forms.get(shown, 'preview')
    },
    target: (asked) =>
      asked.place.picture === null ? textTarget(forms, asked) : pictureTarget(deps, asked, asked.place.picture),
  }
}

function matchPlace({ detail }: ArticleResource, segments: readonly string[]): ArticlePlace | null {
  const [name, ...rest] = segments
  if (name === undefined) return TEXT
  const digest = PICTURE_NAME.exec(name)?.[1]
  return rest.length === 0 && digest !== undefined && detail.pictures.has(digest) ? { picture: digest } : null
}

/** Text and pictures ask the same of whoever comes by the same method; the cost alone depends on the request. */
function askFor({ resource, place, method }: AskedArticle, cost: Ask['cost']): Ask {
  const isText = place.picture === null
  return {
    kind: 'ask',
    free: place.picture !== null && resource.detail.pictures.get(place.picture)?.inPreview === true,
    hasPage: isText,
    hasPreview: isText && resource.detail.previewWords > 0,
    services: [resource.service],
    method,
    tier: 0,
    capability: READ,
    cost,
  }
}

/** `HEAD`, a picture, and an article that the client has already cost nothing; a finite answer takes no seconds. */
async function costOf(forms: ArticleForms, asked: AskedArticle): Promise<Cost | null> {
  const { request } = asked
  if (request.method === 'HEAD' || asked.place.picture !== null) return null
  const content = await forms.get(asked, formOf(request))
  if (isUnchanged(request, content.etag)) return null
  return { uses: 1n, bytes: BigInt(content.length), seconds: 0n, volume: 0n }
}

function describe({ slug, detail: { words, previewWords } }: ArticleResource): Description {
  return {
    noun: 'article',
    members: { words, preview_words: previewWords },
    size: `${formatCount(words)} words`,
    length: formatMinutes(words),
    freePart: previewWords > 0 ? `First ${formatCount(previewWords)} words free.` : '',
    method: 'GET',
    path: `/${slug}`,
  }
}

function formOf(request: GateRequest) {
  return chooseArticleForm(findHeader(request, 'accept'))
}

function textTarget(forms: ArticleForms, asked: AskedArticle): HostedTarget | Promise<HostedTarget> {
  const content = forms.get(asked, formOf(asked.request))
  return content instanceof Promise ? content.then(readingOf) : readingOf(content)
}

function readingOf(content: Content): HostedTarget {
  return { kind: 'hosted', content, access: 'paid', isReading: true }
}

/** Read from the disk as it is sent: a picture may be large, and its reader slow. */
async function pictureTarget(deps: ArticleKindDeps, asked: AskedArticle, digest: string): Promise<HostedTarget> {
  const picture = asked.resource.detail.pictures.get(digest)
  const body = picture === undefined ? null : await deps.blobs.open(digest, picture.byteLength)
  if (picture === undefined || body === null) {
    throw new Fault('database.unavailable', `picture ${digest} is missing from the blob folder`)
  }
  const etag = `"${digest.slice(0, 32)}"`
  const fields: HeaderField[] = [['Content-Type', picture.mediaType], NOSNIFF, PICTURE_POLICY, ['ETag', etag]]
  const content = { etag, length: picture.byteLength, fields, body, packing: 'none' as const }
  return { kind: 'hosted', content, access: picture.inPreview ? 'free' : 'paid', isReading: false }
}
