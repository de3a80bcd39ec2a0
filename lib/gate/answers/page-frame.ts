/** What all pages of a creator host have in common: their header fields, their frame, and how a resource is told in them. */
import { pageFields } from '#lib/gate/headers.ts'
import type { Description } from '#lib/gate/kinds/kind.ts'
import type { HeaderField } from '#lib/gate/request.ts'
import type { CatalogResource, CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import type { ReaderAssets } from '#lib/reader/assets.ts'
import type { ReaderFrame, ReaderItem } from '#lib/reader/pages.ts'

export interface PageFrame {
  /** Type and policy of every page. */
  readonly fields: readonly HeaderField[]
  readonly assets: ReaderAssets
  /** Base URL of the demo wallet; `null` outside development. */
  readonly demoWallet: string | null
  of(creator: CreatorSnapshot): ReaderFrame
}

export function createPageFrame(assets: ReaderAssets, demoWallet: string | null): PageFrame {
  return {
    fields: pageFields(demoWallet === null ? [] : [new URL(demoWallet).origin]),
    assets,
    demoWallet,
    of: ({ name, byline }) => ({ assets, creator: { name, byline }, demoWallet }),
  }
}

/** A resource as lists, tickets and the checkout tell of it; its first offer is the one on the card. */
export function toItem(resource: CatalogResource, { noun, length }: Description): ReaderItem {
  const { id, slug, service, title, lead, language, publishedAt, paused } = resource
  const [{ kind, lastsSeconds, uses, price }] = resource.offers
  return {
    ...{ id, slug, service, noun, title, lead, language, length, publishedAt, paused },
    priceMsat: price.amountMsat,
    offer: { id: kind, lastsSeconds, uses },
  }
}
