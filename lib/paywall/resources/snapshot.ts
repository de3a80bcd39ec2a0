/** What a gate knows of one creator at one moment: built whole, never changed, swapped for the next one. */
import type { Msat } from '#lib/money.ts'
import type { RingKeys } from '#lib/paywall/keys/ring-cache.ts'
import type { DenyList } from '#lib/paywall/tokens/deny-list.ts'
import type { OfferKind } from './offer.ts'

export interface CreatorSnapshot {
  readonly creatorId: string
  readonly shortId: string
  readonly handle: string
  /** As clients send it: lower case, with the port when it is not the usual one. */
  readonly host: string
  readonly name: string
  readonly byline: string
  readonly about: string
  readonly changeNumber: bigint
  /** What is or was on sale, newest first; paused ones are here too, drafts never. */
  readonly resources: readonly CatalogResource[]
  readonly bySlug: ReadonlyMap<string, CatalogResource>
  /** By each address that it had before: these lead to the present one. */
  readonly bySlugBefore: ReadonlyMap<string, CatalogResource>
  /** By the name that stands in tokens. */
  readonly services: ReadonlyMap<string, CatalogResource>
  readonly ring: RingKeys
  readonly denied: DenyList
}

export interface CatalogResource {
  readonly id: string
  readonly slug: string
  readonly kind: 'article'
  readonly service: string
  readonly title: string
  readonly lead: string
  readonly language: string
  readonly words: number
  readonly previewWords: number
  readonly publishedAt: Date
  readonly paused: boolean
  /** SHA-256 of the published Markdown, of the preview HTML and of the HTML behind the cut, as hex: names of blobs. */
  readonly sourceDigest: string
  readonly previewDigest: string
  readonly bodyDigest: string
  readonly pictures: ReadonlyMap<string, CatalogPicture>
  readonly offer: CatalogOffer
}

export interface CatalogPicture {
  readonly mediaType: string
  readonly byteLength: number
  /** Free to see; the others are paid bytes. */
  readonly inPreview: boolean
}

export interface CatalogOffer {
  readonly id: string
  readonly kind: OfferKind
  readonly priceVersion: number
  readonly amountMsat: Msat
}
