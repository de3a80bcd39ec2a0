/** Pages of a creator host as answers: the facts of a snapshot, the markup of lib/reader, the fields of a page. */

import type { Clock } from '#lib/clock.ts'
import { codeRow } from '#lib/errors.ts'
import type { Challenge } from '#lib/paywall/challenges/challenge.ts'
import type { CatalogResource, CreatorSnapshot } from '#lib/paywall/resources/catalog.ts'
import type { ReaderAssets } from '#lib/reader/assets.ts'
import {
  type CheckoutPageState,
  type ReaderArticle,
  type RestorePageProps,
  renderArticlePage,
  renderCheckoutPage,
  renderCreatorPage,
  renderMessagePage,
  renderPurchasesPage,
  renderRestorePage,
} from '#lib/reader/pages.ts'
import type { ErrorPage } from './answer-error.ts'
import { CORS_FIELDS, NOSNIFF, PRIVATE_FIELDS, pageFields } from './headers.ts'
import type { GateAnswer, HeaderField } from './request.ts'

export interface ReaderPages {
  /** The header fields of every page: its policy, its type. */
  readonly fields: readonly HeaderField[]
  /** The document of an article; `bodyHtml` `null`: as far as the cut. */
  article(
    creator: CreatorSnapshot,
    resource: CatalogResource,
    html: { previewHtml: string; bodyHtml: string | null },
  ): string
  front(creator: CreatorSnapshot): GateAnswer
  checkout(
    asked: { creator: CreatorSnapshot; resource: CatalogResource },
    challenge: Challenge,
    state: CheckoutPageState,
  ): GateAnswer
  purchases(creator: CreatorSnapshot, held: readonly CatalogResource[]): GateAnswer
  /** `fault`: what was entered opens nothing, told beside its field with status 404. */
  restore(creator: CreatorSnapshot, form: Pick<RestorePageProps, 'fault' | 'values'>): GateAnswer
  error(page: ErrorPage): { headers: readonly HeaderField[]; body: string }
  /** One built file by its hashed name; `null`: there is none. */
  asset(fileName: string): GateAnswer | null
}

export interface ReaderPagesDeps {
  readonly assets: ReaderAssets
  readonly clock: Clock
  /** Base URL of the demo wallet; `null` outside development. */
  readonly demoWallet: string | null
}

const IMMUTABLE: HeaderField = ['Cache-Control', 'public, max-age=31536000, immutable']

export function createReaderPages(deps: ReaderPagesDeps): ReaderPages {
  const { assets, clock, demoWallet } = deps
  const fields = pageFields(demoWallet === null ? [] : [new URL(demoWallet).origin])
  const frame = (creator: CreatorSnapshot) => ({ assets, creator: nameOf(creator), demoWallet })
  const page = (body: string, status = 200): GateAnswer => ({
    kind: 'answer',
    status,
    headers: [...fields, ...PRIVATE_FIELDS, ...CORS_FIELDS],
    body,
  })
  const front = rememberForAMinute(clock, (creator, now) => {
    const articles = creator.resources.filter(({ paused }) => !paused).map(describe)
    return renderCreatorPage({ ...frame(creator), about: creator.about, articles, now })
  })
  return {
    fields,
    article: (creator, resource, html) =>
      renderArticlePage({ ...frame(creator), article: describe(resource), ...html }),
    front: (creator) => page(front(creator)),
    checkout({ creator, resource }, challenge, state) {
      return page(
        renderCheckoutPage({ ...frame(creator), article: describe(resource), challenge, state, now: clock.now() }),
      )
    },
    purchases: (creator, held) => page(renderPurchasesPage({ ...frame(creator), held: held.map(describe) })),
    restore: (creator, form) =>
      page(renderRestorePage({ ...frame(creator), ...form }), form.fault === null ? 200 : 404),
    error: (error) => ({ headers: fields, body: renderError(deps, error) }),
    asset: (fileName) => answerAsset(assets, fileName),
  }
}

function nameOf({ name, byline }: CreatorSnapshot): { name: string; byline: string } {
  return { name, byline }
}

function describe(resource: CatalogResource): ReaderArticle {
  return { ...resource, priceMsat: resource.offer.amountMsat }
}

/** The list is drawn at most once a minute per snapshot, since anybody may ask for it as often as they like. */
function rememberForAMinute(
  clock: Clock,
  draw: (creator: CreatorSnapshot, now: Date) => string,
): (creator: CreatorSnapshot) => string {
  const drawn = new WeakMap<CreatorSnapshot, { minute: number; html: string }>()
  return (creator) => {
    const now = clock.now()
    const minute = Math.floor(now.getTime() / 60_000)
    const known = drawn.get(creator)
    if (known?.minute === minute) return known.html
    const html = draw(creator, now)
    drawn.set(creator, { minute, html })
    return html
  }
}

/** Trying again is offered only where it can help. */
function renderError({ assets, demoWallet }: ReaderPagesDeps, error: ErrorPage): string {
  const { creator, code, message, requestId, retryPath } = error
  const canRetry = codeRow(code).retryAfterSeconds !== null
  return renderMessagePage({
    assets,
    demoWallet,
    creator: creator === null ? null : nameOf(creator),
    code,
    message,
    requestId,
    retryPath: canRetry ? retryPath : null,
  })
}

/** The name holds a hash of the bytes, so whoever has one keeps it for ever. */
function answerAsset(assets: ReaderAssets, fileName: string): GateAnswer | null {
  const asset = assets.find(fileName)
  if (asset === null) return null
  const headers: HeaderField[] = [['Content-Type', asset.contentType], IMMUTABLE, NOSNIFF, ...CORS_FIELDS]
  return { kind: 'answer', status: 200, headers, body: asset.bytes }
}
