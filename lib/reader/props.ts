/** What each reader page is told: everything that stands on it, and nothing it would have to look up. */
import type { Code } from '#lib/errors.ts'
import type { Msat } from '#lib/money.ts'

/** The same on every page of one creator host. */
export interface ReaderFrame {
  /** `href('reader.css')` is the path under `/_l402/assets/` with the content hash. */
  readonly assets: { href(name: string): string }
  readonly creator: ReaderCreator
  /** Where this creator is for good, without a slash at the end: `https://harbor.stiles.example`. */
  readonly origin: string
  /** Base URL of the demo wallet; null outside development. */
  readonly demoWallet: string | null
}

export interface ReaderCreator {
  /** Name of the publication: `Harbor Notes`. */
  readonly name: string
  /** Who writes it: `Ingrid Rask`; may be empty. */
  readonly byline: string
  /** A square; null or absent: there is none. */
  readonly picture?: ReaderPicture | null
}

export interface ReaderPicture {
  /** On this host. */
  readonly path: string
  /** What it shows; may be empty. */
  readonly alt: string
}

/** A resource of any kind, as lists, tickets and the checkout tell of it. */
export interface ReaderItem {
  readonly id: string
  readonly slug: string
  readonly service: string
  /** What a sentence calls it: `article`. */
  readonly noun: string
  readonly title: string
  readonly lead: string
  /** BCP 47, of title, lead and text. */
  readonly language: string
  /** How long it takes or how much there is, as a list says it: `10 min`. */
  readonly length: string
  readonly publishedAt: Date
  readonly priceMsat: Msat
  /** What that is worth in the reader's currency: `≈ €0.17`; null or absent: nobody knows. */
  readonly fiat?: string | null
  /** Its price is in another currency, and no rate of now is known. */
  readonly isUnpriced?: boolean
  readonly offer: ReaderOffer
  readonly paused: boolean
}

/** What is bought at that price. */
export interface ReaderOffer {
  /** What the form asks for. */
  readonly id: string
  /** `null`: for good. */
  readonly lastsSeconds: number | null
  /** `null`: as often as wanted. */
  readonly uses: number | null
}

/** An article as far as it may be known before paying. */
export interface ReaderArticle extends ReaderItem {
  readonly words: number
  readonly previewWords: number
}

export interface ArticlePageProps extends ReaderFrame {
  readonly article: ReaderArticle
  /** From `renderArticle`, and nothing else: it goes into the page as it is. */
  readonly previewHtml: string
  /** The text behind the cut once this request is admitted; null: the ticket stands at the cut. */
  readonly bodyHtml: string | null
  /** The challenge that a reader without script has asked for; null or absent: none. */
  readonly waitingId?: string | null
}

/** A file as far as it may be known before paying. */
export interface ReaderFile extends ReaderItem {
  /** Under which a reader keeps it. */
  readonly name: string
  /** `PDF`, as people call it. */
  readonly format: string
  readonly mediaType: string
  readonly byteLength: number
  /** How the page shows it, once paid; null: it is told of and downloaded. */
  readonly showing: 'picture' | 'audio' | 'video' | null
}

export interface FilePageProps extends ReaderFrame {
  readonly file: ReaderFile
  /** Once this request is admitted: where the bytes are, and their SHA-256 in hex. Null: the ticket stands here. */
  readonly open: { readonly href: string; readonly digest: string } | null
  /** The challenge that a reader without script has asked for; null or absent: none. */
  readonly waitingId?: string | null
}

/** A route of an API, as it is priced. */
export interface ReaderRoute {
  /** None: all of them. */
  readonly methods: readonly string[]
  /** On this host: `/scores/nodes/*`. */
  readonly path: string
  /** `null`: any. */
  readonly host: string | null
  /** `null`: it is free. */
  readonly price: {
    readonly fromMsat: Msat
    /** The same where the price simply stands. */
    readonly upToMsat: Msat
    readonly lastsSeconds: number | null
    readonly uses: number | null
    /** `10/60`: so many requests in so many seconds; `null`: at any pace. */
    readonly rate: string | null
    readonly isPerRequest: boolean
    /** Up to how many requests a minute the price is the lowest; `null`: it does not rise. */
    readonly surge: { readonly above: number } | null
  } | null
}

export interface ApiPageProps extends ReaderFrame {
  /** Where programs ask, as it was asked for: `https://harbor.stiles.example`. */
  readonly host: string
  readonly api: Pick<ReaderItem, 'slug' | 'title' | 'lead' | 'language' | 'paused'> & {
    /** In the order in which they are tried. */
    readonly routes: readonly ReaderRoute[]
  }
}

export interface CreatorPageProps extends ReaderFrame {
  /** What the creator says about the publication; may be empty. */
  readonly about: string
  /** Newest first. */
  readonly items: readonly ReaderItem[]
  /** The query of the page with older ones, where there are any. */
  readonly next?: string | null
  readonly now: Date
}

/** What is known of a challenge on a page without script. `not_yet`: the reader pressed Check payment; `unclear`: and says to have paid. */
export type CheckoutPageState =
  | 'waiting'
  | 'not_yet'
  | 'unclear'
  | 'expired'
  | 'settled'
  | 'wrong_proof'
  | 'wallet_down'

export interface CheckoutPageProps extends ReaderFrame {
  readonly item: Pick<ReaderItem, 'id' | 'slug' | 'noun' | 'title' | 'language' | 'offer'>
  readonly challenge: {
    readonly id: string
    readonly invoice: string
    readonly amountMsat: Msat
    /** As of an item. */
    readonly fiat?: string | null
    readonly createdAt: Date
    readonly expiresAt: Date
  }
  readonly state: CheckoutPageState
  readonly now: Date
}

export interface PurchasesPageProps extends ReaderFrame {
  /** What the cookies of this request open, for readers without script; the script lists what the browser keeps. */
  readonly held: readonly Pick<ReaderItem, 'slug' | 'title' | 'language'>[]
  /** What they would open, had its creator not deleted it. */
  readonly gone?: readonly Pick<ReaderItem, 'id' | 'title' | 'language'>[]
  /** What they asked an invoice for and have not opened. */
  readonly asked?: readonly AskedItem[]
}

export interface AskedItem extends Pick<ReaderItem, 'slug' | 'title' | 'language'> {
  readonly challengeId: string
  readonly amountMsat: Msat
  readonly state: 'open' | 'expired' | 'settled'
}

export interface ForgetPageProps extends ReaderFrame {
  /** How many the cookies of this browser hold. */
  readonly receipts: number
}

export interface RestorePageProps extends ReaderFrame {
  /** Shown above the form and beside the field it belongs to; what was typed is kept. */
  readonly fault: { readonly field: 'credential' | 'preimage'; readonly message: string } | null
  readonly values: { readonly credential: string; readonly invoice: string; readonly preimage: string }
}

export interface MessagePageProps extends Omit<ReaderFrame, 'creator' | 'origin'> {
  /** Null where no creator answers at this host. */
  readonly creator: ReaderCreator | null
  /** Where the product itself is. */
  readonly appUrl?: string
  readonly code: Code
  /** A sentence that says more than the code's own; null: the code's. */
  readonly message: string | null
  readonly requestId: string
  /** Path that *Try again* opens; null: no such link. */
  readonly retryPath: string | null
  /** The address that was meant, perhaps; null: none is near. */
  readonly nearest?: { readonly path: string; readonly title: string } | null
}
