/** What the pages of resources show; another creator's resource is not there, like one that never was. */
import 'server-only'
import { notFound } from 'next/navigation'
import { cache } from 'react'
import type { Membership } from '#app/_server/auth/session.ts'
import { webDeps } from '#app/_server/deps.ts'
import { creatorHost, creatorUrl } from '#app/_server/http/creator-url.ts'
import { resourceId as isResourceId } from '#app/_server/http/page-input.ts'
import type { Draft } from '#app/_ui/editor/draft.ts'
import type { FirstPreview } from '#app/_ui/editor/use-preview.ts'
import { cardOfArticle } from '#app/_ui/reader-card.tsx'
import type { ResourceState } from '#app/_ui/resource-state.tsx'
import { msatToSatsUp } from '#lib/money.ts'
import { listPrices } from '#lib/paywall/offers/price-store.ts'
import { formatDecimal } from '#lib/paywall/rates/rate.ts'
import { listRates } from '#lib/paywall/rates/rate-store.ts'
import { type Article, findArticle } from '#lib/paywall/resources/article/article-store.ts'
import { listChanged, listVersions, type VersionSummary } from '#lib/paywall/resources/article/version-store.ts'
import { MAX_FILE_BYTES } from '#lib/paywall/resources/file/file.ts'
import { findFile, type SoldFile } from '#lib/paywall/resources/file/file-store.ts'
import { findPage, type SoldPage } from '#lib/paywall/resources/page/page-store.ts'
import { stateOf } from '#lib/paywall/resources/resource.ts'
import {
  countResources,
  findListed,
  type ListedResource,
  listResources,
  type ResourceCursor,
} from '#lib/paywall/resources/resource-list-store.ts'
import { formatBytes, formatLength } from '#lib/reader/format.ts'
import { findApiPage } from './apis.ts'
import { countText } from './count-text.ts'
import { readEarnings, readPriceFacts } from './price-facts.ts'

/** The article, asked once per request; the 404 page for any other id. */
const requireArticle = cache(async (creatorId: string, resourceId: string): Promise<Article> => {
  const article = isResourceId.safeParse(resourceId).success
    ? await findArticle(webDeps().db, { creatorId, resourceId })
    : null
  return article ?? notFound()
})

/** A resource of a kind with pages, asked once per request; the 404 page for any other id. */
const requireListed = cache(async (creatorId: string, resourceId: string): Promise<ListedResource> => {
  const resource = isResourceId.safeParse(resourceId).success
    ? await findListed(webDeps().db, { creatorId, resourceId })
    : null
  return resource !== null && WITH_PAGES.has(resource.kind) ? resource : notFound()
})

const findSoldFile = cache(async (creatorId: string, resourceId: string): Promise<SoldFile | null> => {
  return isResourceId.safeParse(resourceId).success ? findFile(webDeps().db, { creatorId, resourceId }) : null
})

const findSoldPage = cache(async (creatorId: string, resourceId: string): Promise<SoldPage | null> => {
  return isResourceId.safeParse(resourceId).success ? findPage(webDeps().db, { creatorId, resourceId }) : null
})

interface ResourceHead {
  readonly id: string
  readonly kind: string
  readonly title: string
  readonly state: ResourceState
  /** Where readers find it. */
  readonly url: string
}

/** What stands over both tabs; what is on sale goes by the title that readers see. */
export async function requireResource(member: Membership, resourceId: string): Promise<ResourceHead> {
  const resource = await requireListed(member.creatorId, resourceId)
  return {
    id: resource.id,
    kind: resource.kind,
    title: resource.title,
    state: stateOf(resource),
    url: creatorUrl(member.handle, [resource.slug]) ?? '',
  }
}

/** What its resource is by kind, for its first tab: an article in its editor, a file, a page, or an API with its rules. */
export async function readContent(member: Membership, resourceId: string) {
  const api = await findApiPage(member, resourceId)
  if (api !== null) return { kind: 'api', api } as const
  const file = await findSoldFile(member.creatorId, resourceId)
  if (file !== null) return { kind: 'file', file, most: formatBytes(MAX_FILE_BYTES) } as const
  const page = await findSoldPage(member.creatorId, resourceId)
  if (page !== null) {
    const { id, title, lead, origins, markdown, revision } = page
    return { kind: 'page', page: { id, title, lead, origins: origins.join('\n'), markdown, revision } } as const
  }
  return { kind: 'article', editing: await readDraft(member, resourceId) } as const
}

export interface EditedResource {
  readonly id: string
  readonly state: ResourceState
  readonly host: string
  /** The address that the article has now. */
  readonly slug: string
  readonly priceSats: string | null
  /** What readers see; `null`: nothing yet. */
  readonly published: Omit<Draft, 'revision' | 'slug'> | null
  /** Each publishing, the one that readers see first. */
  readonly versions: readonly VersionSummary[]
}

/** What the editor begins with. */
async function readDraft(
  member: Membership,
  resourceId: string,
): Promise<{ resource: EditedResource; draft: Draft; pictures: string[]; preview: FirstPreview | null }> {
  const article = await requireArticle(member.creatorId, resourceId)
  return {
    resource: {
      id: article.id,
      state: stateOf(article),
      host: creatorHost(member.handle),
      slug: article.slug,
      priceSats: satsText(article.amountMsat),
      published: article.published,
      versions: await listVersions(webDeps().db, { creatorId: member.creatorId, resourceId }),
    },
    draft: toDraft(article),
    pictures: article.pictures.map(({ digest }) => digest),
    preview: await renderFirst(article),
  }
}

/** The draft as its editor first shows it, so that no renderer has to travel before somebody writes. */
async function renderFirst({ id, markdown, cutBlock, pictures }: Article): Promise<FirstPreview | null> {
  const places = new Map(
    pictures.map(({ digest }) => [digest, { path: `/resources/${id}/pictures/${digest}`, smaller: [] }]),
  )
  const outcome = await webDeps().renderer.render({ markdown, cutBlock, pictures: places })
  return outcome.kind === 'rendered' ? { markdown, cutBlock, article: outcome.article } : null
}

/** The stored article as the editor's draft. */
export function toDraft({ revision, title, lead, language, markdown, cutBlock }: Article): Draft {
  return { revision, title, lead, language, markdown, cutBlock, slug: null }
}

export interface ResourceRow {
  readonly id: string
  readonly title: string
  readonly kind: string
  /** Its kind has pages here; a row without them leads nowhere. */
  readonly hasPages: boolean
  readonly state: ResourceState
  /** Readers see something else than the draft says. */
  readonly hasChanges: boolean
  /** The lowest of them when there are several. */
  readonly priceMsat: bigint | null
  readonly hasPrices: boolean
  readonly views: number
  readonly sales: number
  readonly netMsat: bigint
}

export interface ResourceFilter {
  readonly search: string
  readonly state: 'any' | ResourceState
  /** Of pages behind the first one. */
  readonly before: ResourceCursor | null
}

const STATES = ['any', 'draft', 'live', 'paused'] as const
const MAX_SEARCH = 200

/** The filter in a URL; what is not understood filters nothing. */
export function parseFilter(query: Record<string, string | string[] | undefined>): ResourceFilter {
  const search = typeof query.q === 'string' ? query.q.slice(0, MAX_SEARCH) : ''
  return { search, state: STATES.find((state) => state === query.state) ?? 'any', before: parseCursor(query.before) }
}

/** `<milliseconds>.<id>` of the last row of the page before. */
function parseCursor(text: string | string[] | undefined): ResourceCursor | null {
  const [, at, id] = /^(\d{1,15})\.(\w{1,64})$/.exec(typeof text === 'string' ? text : '') ?? []
  return at === undefined || id === undefined ? null : { updatedAt: new Date(Number(at)), id }
}

const PAGE_ROWS = 50
const WITH_PAGES: ReadonlySet<string> = new Set(['article', 'file', 'page', 'api'])

export interface ResourceRows {
  readonly rows: readonly ResourceRow[]
  /** All that the creator has, whatever the filter. */
  readonly total: number
  /** The query of the following page; `null`: this is the last one. */
  readonly next: string | null
}

/** The rows of a page that fit, the last touched first. */
export async function listResourceRows(member: Membership, filter: ResourceFilter): Promise<ResourceRows> {
  const { creatorId } = member
  const { db, clock } = webDeps()
  const total = await countResources(db, creatorId)
  const search = filter.search.trim()
  const found = await listResources(db, creatorId, {
    ...{ search, before: filter.before, limit: PAGE_ROWS + 1 },
    ...(filter.state !== 'any' && { state: filter.state }),
  })
  const page = found.slice(0, PAGE_ROWS)
  const resourceIds = page.map(({ id }) => id)
  const changed = await listChanged(db, { creatorId, resourceIds })
  const { earned, views } = await readEarnings({ creatorId, resourceIds }, clock.now())
  const rows = page.map(({ id, kind, title, state, amountMsat, hasPrices }) => ({
    ...{ id, kind, title, state, hasChanges: changed.has(id), priceMsat: amountMsat, hasPrices },
    hasPages: WITH_PAGES.has(kind),
    views: views.get(id) ?? 0,
    sales: earned.get(id)?.sales ?? 0,
    netMsat: earned.get(id)?.netMsat ?? 0n,
  }))
  const last = found.length > PAGE_ROWS ? page.at(-1) : undefined
  return { rows, total, next: last === undefined ? null : nextQuery(filter, last) }
}

function nextQuery({ search, state }: ResourceFilter, { updatedAt, id }: ResourceCursor): string {
  return new URLSearchParams({
    ...(search !== '' && { q: search }),
    ...(state !== 'any' && { state }),
    before: `${updatedAt.getTime()}.${id}`,
  }).toString()
}

export interface PriceVersion {
  readonly version: number
  readonly sats: string
  readonly at: Date
  readonly sales: number
}

export interface Pricing {
  readonly resourceId: string
  readonly title: string
  readonly creatorName: string
  readonly url: string
  /** How invoices of this node begin: `lnbcrt` on regtest. */
  readonly invoicePrefix: string
  /** What the card says beside title and price. */
  readonly card: { readonly heading: string; readonly line: string; readonly noun: string }
  /** `null`: no price yet. */
  readonly presentSats: string | null
  /** As it was set, with its currency; `null`: it is in sats, or there is none. */
  readonly presentFiat: { readonly text: string; readonly currency: string } | null
  /** Currencies that a price can be set in now; millionths per bitcoin as digits. */
  readonly rates: readonly { readonly currency: string; readonly microPerBtc: string }[]
  readonly suggestedSats: string
  readonly openInvoices: number
  readonly salesNote: string
  readonly history: readonly PriceVersion[]
}

/** What the price tab shows. */
export async function readPricing(member: Membership, resourceId: string): Promise<Pricing> {
  const { db, clock, config } = webDeps()
  const resource = await requireListed(member.creatorId, resourceId)
  const sold = await readSold(member, resourceId)
  const versions = await listPrices(db, { creatorId: member.creatorId, resourceId })
  const facts = await readPriceFacts({ creatorId: member.creatorId, resourceId }, clock.now())
  const present = versions[0]?.amountMsat ?? null
  const fiat = versions[0]?.fiat ?? null
  const rates = await listRates(db.client, new Date(clock.now().getTime() - config.RATE_MAX_AGE_SECONDS * 1000))
  const history = versions.map(({ version, amountMsat, createdAt }) => ({
    version,
    sats: satsText(amountMsat) ?? '',
    at: createdAt,
    sales: facts.salesByVersion.get(version) ?? 0,
  }))
  return {
    resourceId,
    title: resource.title || 'Untitled',
    creatorName: member.name,
    url: creatorUrl(member.handle, [resource.slug]) ?? '',
    invoicePrefix: config.SATSTILE_MODE === 'development' ? 'lnbcrt' : 'lnbc',
    card: sold.card,
    presentSats: satsText(present),
    presentFiat: fiat && { text: formatDecimal(fiat), currency: fiat.currency },
    rates: rates.map(({ currency, microPerBtc }) => ({ currency, microPerBtc: String(microPerBtc) })),
    suggestedSats: sold.suggestedSats,
    openInvoices: present === null ? 0 : (facts.openByAmount.get(present) ?? 0),
    salesNote: salesNote(history[0]),
    history,
  }
}

/** What is bought, as the card tells it. */
async function readSold(
  member: Membership,
  resourceId: string,
): Promise<{ card: Pricing['card']; suggestedSats: string }> {
  const file = await findSoldFile(member.creatorId, resourceId)
  if (file !== null) {
    const line = formatBytes(file.current.byteLength)
    return { card: { heading: 'Get the file', line, noun: 'file' }, suggestedSats: '100' }
  }
  const page = await findSoldPage(member.creatorId, resourceId)
  if (page !== null) {
    const line = formatLength(page.words)
    return { card: { heading: 'Open the page', line, noun: 'page' }, suggestedSats: suggestPrice(page.words) }
  }
  const { markdown, cutBlock } = await requireArticle(member.creatorId, resourceId)
  const { words, previewWords } = await countText(markdown, cutBlock)
  return { card: cardOfArticle(words - previewWords), suggestedSats: suggestPrice(words) }
}

/** A first price from the length: 100 sats is usual, more for what takes an evening. */
function suggestPrice(words: number): string {
  return words > 4000 ? '300' : words > 1500 ? '200' : '100'
}

function salesNote(present: PriceVersion | undefined): string {
  if (present === undefined) return ''
  const since = present.at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })
  return `from ${present.sales.toLocaleString('en-US')} ${present.sales === 1 ? 'sale' : 'sales'} at ${present.sats} since ${since}`
}

/** Digits without separators, as the price field holds them. */
function satsText(amountMsat: Article['amountMsat']): string | null {
  return amountMsat === null ? null : String(msatToSatsUp(amountMsat))
}
