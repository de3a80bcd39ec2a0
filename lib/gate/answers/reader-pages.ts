/** Pages of a creator host as answers: the facts of a snapshot, the markup of lib/reader, the fields of a page. */
import type { Clock } from '#lib/clock.ts'
import type { BlobFolder } from '#lib/content/blob-folder.ts'
import { codeRow } from '#lib/errors.ts'
import { CORS_FIELDS, NOSNIFF, PRIVATE_FIELDS, PUBLIC_FIELDS } from '#lib/gate/headers.ts'
import type { Kinds } from '#lib/gate/kinds/kind.ts'
import type { GateAnswer, GateRequest, HeaderField } from '#lib/gate/request.ts'
import type { Content } from '#lib/gate/target.ts'
import { encodeUtf8 } from '#lib/l402/bytes.ts'
import type { Challenge, ChallengeState } from '#lib/paywall/challenges/challenge.ts'
import type { CatalogResource, CreatorSnapshot, GoneResource } from '#lib/paywall/resources/snapshot.ts'
import { renderCheckoutPage } from '#lib/reader/checkout-page.tsx'
import { renderCreatorPage } from '#lib/reader/creator-page.tsx'
import { renderForgetPage } from '#lib/reader/forget-page.tsx'
import { renderMessagePage } from '#lib/reader/message-page.tsx'
import type { CheckoutPageState, RestorePageProps } from '#lib/reader/props.ts'
import { renderPurchasesPage } from '#lib/reader/purchases-page.tsx'
import { renderRestorePage } from '#lib/reader/restore-page.tsx'
import { createCards } from './cards.ts'
import { answerContent } from './content.ts'
import { createKeptLists, cutList, type ListPage } from './kept-lists.ts'
import { type PageFrame, toItem } from './page-frame.ts'
import { createPortraits } from './portraits.ts'
import type { ErrorPage } from './refusal.ts'

type Answer = GateAnswer | Promise<GateAnswer>

/** Whose page is shown, and to which request. */
interface Shown {
  readonly creator: CreatorSnapshot
  readonly request: GateRequest
}

/** An invoice that this browser asked for and that nothing was opened with yet. */
export interface AskedPurchase {
  readonly resource: CatalogResource
  readonly challenge: Challenge
  readonly state: ChallengeState
}

/** What a browser without script has here. */
interface Bought {
  readonly held: readonly CatalogResource[]
  /** Bought, and deleted by the creator since. */
  readonly gone: readonly GoneResource[]
  readonly asked: readonly AskedPurchase[]
}

export interface ReaderPages {
  front(shown: Shown): Answer
  checkout(shown: Shown, sale: { resource: CatalogResource; challenge: Challenge; state: CheckoutPageState }): Answer
  purchases(shown: Shown, bought: Bought): Answer
  /** `receipts`: how many the cookies hold. */
  forget(shown: Shown, receipts: number): Answer
  /** `fault`: what was entered opens nothing, told beside its field with status 404. */
  restore(shown: Shown, form: Pick<RestorePageProps, 'fault' | 'values'>): Answer
  error(page: ErrorPage): { headers: readonly HeaderField[]; body: string }
  /** One built file by its hashed name; `null`: there is none. */
  asset(request: GateRequest, fileName: string): Answer | null
  icon(request: GateRequest): Answer | null
  /** The picture of a resource for chats and social networks. */
  card(creator: CreatorSnapshot, resource: CatalogResource): Promise<Content>
  /** The creator's picture; `null`: there is none. */
  portrait(creator: CreatorSnapshot): Promise<Content | null>
  /** Where this creator is for good. */
  originOf(creator: CreatorSnapshot): string
}

export interface ReaderPagesDeps {
  readonly frame: PageFrame
  readonly kinds: Pick<Kinds, 'of'>
  readonly clock: Clock
  readonly blobs: Pick<BlobFolder, 'get'>
}

/** Of one page of the front page: some screens long, and written in 3 ms, in which nobody else is served. */
const FRONT_RESOURCES = 40
const IMMUTABLE: HeaderField = ['Cache-Control', 'public, max-age=31536000, immutable']
const ASSET_FIELDS: readonly HeaderField[] = [IMMUTABLE, ...CORS_FIELDS]
const ASSET_PREFIX = '/_l402/assets/'
const FIELDS: readonly HeaderField[] = [...PRIVATE_FIELDS, ...CORS_FIELDS]

export function createReaderPages(deps: ReaderPagesDeps): ReaderPages {
  const { frame, clock } = deps
  const item = (resource: CatalogResource) => toItem(resource, deps.kinds.of(resource).describe(resource))
  const document = (html: string, packing: Content['packing']): Content => {
    const body = encodeUtf8(html)
    return { etag: null, length: body.length, fields: frame.fields, body, packing }
  }
  const page = ({ request }: Shown, html: string, status = 200) =>
    answerContent(request, document(html, 'quick'), { status, headers: FIELDS })
  const lists = createKeptLists()
  const portraits = createPortraits(deps.blobs)
  const front = (creator: CreatorSnapshot, { resources, next }: ListPage): Content => {
    const now = clock.now()
    // Drawn at most once a minute, since anybody may ask for it as often as they like; its dates are told as of that minute.
    return lists.get(creator, `${Math.floor(now.getTime() / 60_000)} ${resources[0]?.id}`, () => {
      const facts = { about: creator.about, items: resources.map(item), next, now }
      return document(renderCreatorPage({ ...frame.of(creator), ...facts }), 'best')
    })
  }
  const assets = new Map<string, Content>()
  const sendAsset = (request: GateRequest, fileName: string, headers: readonly HeaderField[]) => {
    const asset = assets.get(fileName) ?? readAsset(frame, fileName)
    if (asset === null) return null
    assets.set(fileName, asset)
    return answerContent(request, asset, { headers })
  }
  return {
    front({ creator, request }) {
      const page = cutList(creator, request, FRONT_RESOURCES) ?? { resources: [], next: null }
      return answerContent(request, front(creator, page), { headers: FIELDS })
    },
    checkout(shown, { resource, challenge, state }) {
      const fiat = frame.fiatOf(shown.request, challenge.amountMsat)
      const facts = { item: item(resource), challenge: { ...challenge, fiat }, state, now: clock.now() }
      return page(shown, renderCheckoutPage({ ...frame.of(shown.creator), ...facts }))
    },
    purchases: (shown, { held, gone, asked }) =>
      page(
        shown,
        renderPurchasesPage({
          ...frame.of(shown.creator),
          held: held.map(item),
          gone: gone.map(({ id, title, language }) => ({ id, title, language })),
          asked: asked.map(({ resource, challenge, state }) => ({
            ...item(resource),
            challengeId: challenge.id,
            amountMsat: challenge.amountMsat,
            state: state === 'settled' ? 'settled' : state === 'open' ? 'open' : 'expired',
          })),
        }),
      ),
    forget: (shown, receipts) => page(shown, renderForgetPage({ ...frame.of(shown.creator), receipts })),
    restore: (shown, form) =>
      page(shown, renderRestorePage({ ...frame.of(shown.creator), ...form }), form.fault === null ? 200 : 404),
    error: (error) => ({ headers: frame.fields, body: renderError(frame, error) }),
    asset: (request, fileName) => sendAsset(request, fileName, ASSET_FIELDS),
    icon: (request) => sendAsset(request, frame.assets.href('icon.svg').slice(ASSET_PREFIX.length), PUBLIC_FIELDS),
    card: createCards({ assets: frame.assets, portraits }),
    portrait: async ({ picture }) => (picture === null ? null : await portraits(picture.digest)),
    originOf: (creator) => frame.of(creator).origin,
  }
}

/** Trying again is offered only where it can help. */
function renderError({ of, assets, demoWallet, appUrl }: PageFrame, error: ErrorPage): string {
  const { creator, code, message, requestId, retryPath, nearest } = error
  const canRetry = codeRow(code).retryAfterSeconds !== null
  return renderMessagePage({
    assets,
    demoWallet,
    appUrl,
    creator: creator === null ? null : of(creator).creator,
    code,
    message,
    requestId,
    retryPath: canRetry ? retryPath : null,
    nearest,
  })
}

/** The name holds a hash of the bytes, so whoever has one keeps it for ever; fonts are packed already. */
function readAsset({ assets }: PageFrame, fileName: string): Content | null {
  const asset = assets.find(fileName)
  if (asset === null) return null
  return {
    etag: null,
    length: asset.bytes.length,
    fields: [['Content-Type', asset.contentType], NOSNIFF],
    body: asset.bytes,
    packing: asset.contentType.startsWith('font/') ? 'none' : 'best',
  }
}
