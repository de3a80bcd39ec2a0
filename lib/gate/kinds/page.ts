/** The kind `page`: a part of a creator's own site, sent as a tree to the sites that may show it, and shown here as well. */
import type { BlobFolder } from '#lib/content/blob-folder.ts'
import { Fault } from '#lib/errors.ts'
import { isUnchanged } from '#lib/gate/answers/conditions.ts'
import { tagContent } from '#lib/gate/answers/content.ts'
import { wantsPage } from '#lib/gate/answers/media.ts'
import { type PageFrame, toItem } from '#lib/gate/answers/page-frame.ts'
import { JSON_TYPE, NOSNIFF } from '#lib/gate/headers.ts'
import { findHeader } from '#lib/gate/request.ts'
import type { Content, HostedTarget } from '#lib/gate/target.ts'
import { encodeUtf8, type Sha256 } from '#lib/l402/bytes.ts'
import { READ } from '#lib/paywall/offers/offer.ts'
import { findPageDamage } from '#lib/paywall/resources/page/find-page-damage.ts'
import { type CatalogPage, listCatalogPages } from '#lib/paywall/resources/page/page-store.ts'
import type { CatalogResource } from '#lib/paywall/resources/snapshot.ts'
import { formatCount, formatMinutes } from '#lib/reader/format.ts'
import { type ArticleForms, createArticleForms } from './article-forms.ts'
import type { Ask, Asked, Cost, Description, Kind, NotAllowed } from './kind.ts'
import { rememberForAMinute } from './remember.ts'

export interface PageKindDeps {
  readonly blobs: Pick<BlobFolder, 'get' | 'open'>
  readonly frame: Pick<PageFrame, 'fields' | 'of' | 'originOf'>
  readonly sha256: Sha256
}

type PageResource = CatalogResource<CatalogPage>
type AskedPage = Asked<CatalogPage, 'page'>

const NOT_ALLOWED: NotAllowed = { kind: 'not-allowed', methods: ['GET', 'HEAD', 'OPTIONS'] }
const OTHER_SITE: NotAllowed = {
  ...NOT_ALLOWED,
  instead: { code: 'http.origin_refused', message: 'The creator of this page does not let this site show it.' },
}

export function createPageKind(deps: PageKindDeps): Kind<CatalogPage, 'page'> {
  const forms = createArticleForms({
    ...deps,
    describe: (resource) => ({
      ...toItem(resource, describe(resource)),
      words: resource.detail.words,
      previewWords: 0,
    }),
  })
  // The gate hands back what this kind was asked about.
  const cost: Ask['cost'] = (asked) => costOf({ deps, forms }, asked as AskedPage)
  return {
    name: 'page',
    plural: 'Pages',
    load: listCatalogPages,
    match: (_resource, segments) => (segments.length === 0 ? 'page' : null),
    ask(asked) {
      if (asked.method !== 'GET' && asked.method !== 'HEAD') return NOT_ALLOWED
      return mayShow(deps, asked) ? askFor(asked, cost) : OTHER_SITE
    },
    describe,
    isWhole: rememberForAMinute(
      async ({ detail }: PageResource) => (await findPageDamage(deps.blobs, detail)) === null,
    ),
    preview: (asked, waitingId) => (waitingId ? forms.waiting(asked, waitingId) : forms.get(asked, 'preview')),
    async target(asked): Promise<HostedTarget> {
      return { kind: 'hosted', content: await contentOf({ deps, forms }, asked), access: 'paid', isReading: true }
    },
  }
}

/** Browsers say from which site a script asks; what says nothing is no script of a site (Fetch, "Origin" header). */
function mayShow({ frame }: PageKindDeps, { request, creator, resource }: AskedPage): boolean {
  const origin = findHeader(request, 'origin')
  return origin === null || origin === frame.originOf(creator) || resource.detail.origins.includes(origin)
}

function askFor({ resource, method }: AskedPage, cost: Ask['cost']): Ask {
  const page = { hasPage: true, hasPreview: false }
  const services = [resource.service]
  return { kind: 'ask', free: false, ...page, services, method, tier: 0, capability: READ, cost }
}

interface Makers {
  readonly deps: PageKindDeps
  readonly forms: ArticleForms
}

/** `HEAD` and what the client has already cost nothing; a finite answer takes no seconds. */
async function costOf(makers: Makers, asked: AskedPage): Promise<Cost | null> {
  if (asked.request.method === 'HEAD') return null
  const content = await contentOf(makers, asked)
  if (isUnchanged(asked.request, content.etag)) return null
  return { uses: 1n, bytes: BigInt(content.length), seconds: 0n, volume: 0n }
}

function contentOf({ deps, forms }: Makers, asked: AskedPage): Content | Promise<Content> {
  return wantsPage(asked.request) ? forms.get(asked, 'html') : treeOf(deps, asked.resource)
}

/** `{ title, language, tree }`; the tree as `toTree` made it. */
async function treeOf({ blobs, sha256 }: PageKindDeps, { title, language, detail }: PageResource): Promise<Content> {
  const tree = await blobs.get(detail.treeDigest)
  if (tree === null) {
    throw new Fault('database.unavailable', `content ${detail.treeDigest} is missing from the blob folder`)
  }
  const head = JSON.stringify({ title, language }).slice(0, -1)
  const body = encodeUtf8(`${head},"tree":${new TextDecoder().decode(tree)}}`)
  return tagContent(sha256, body, { fields: [JSON_TYPE, NOSNIFF], packing: 'quick' })
}

function describe({ slug, detail: { words } }: CatalogResource<Pick<CatalogPage, 'words'>>): Description {
  return {
    noun: 'page',
    members: { words },
    size: `${formatCount(words)} words`,
    length: formatMinutes(words),
    freePart: '',
    method: 'GET',
    path: `/${slug}`,
  }
}
