/** What all pages of a creator host have in common: their header fields, their frame, and how a resource is told in them. */

import { fiatText } from '#lib/gate/fiat-beside.ts'
import { pageFields } from '#lib/gate/headers.ts'
import type { Description } from '#lib/gate/kinds/kind.ts'
import type { GateRequest, HeaderField } from '#lib/gate/request.ts'
import type { Msat } from '#lib/money.ts'
import type { RateTable } from '#lib/paywall/rates/follow-rates.ts'
import type { CreatorHosts } from '#lib/paywall/resources/creator-host.ts'
import type { CatalogResource, CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import type { ReaderAssets } from '#lib/reader/assets.ts'
import type { ReaderFrame, ReaderItem } from '#lib/reader/props.ts'

export interface PageFrame {
  /** Type and policy of every page. */
  readonly fields: readonly HeaderField[]
  readonly assets: ReaderAssets
  /** Base URL of the demo wallet; `null` outside development. */
  readonly demoWallet: string | null
  readonly appUrl: string
  of(creator: CreatorSnapshot): ReaderFrame
  /** Where somebody who asked this host finds the creator; what is sold names its addresses under it. */
  originOf(creator: Pick<CreatorSnapshot, 'host'>): string
  /** What an amount is worth to who asks, for people; `null`: no rate of now is known. */
  fiatOf(request: Pick<GateRequest, 'headers' | 'rawHeaders'>, amount: Msat): string | null
}

export interface PageFrameOptions {
  readonly assets: ReaderAssets
  readonly demoWallet: string | null
  /** Where the product is; creators have its protocol. */
  readonly appUrl: string
  readonly hosts: Pick<CreatorHosts, 'hostOf'>
  /** Rates of now. */
  readonly rates: () => RateTable
}

export function createPageFrame({ assets, demoWallet, appUrl, hosts, rates }: PageFrameOptions): PageFrame {
  const { protocol } = new URL(appUrl)
  return {
    fields: pageFields(demoWallet === null ? [] : [new URL(demoWallet).origin]),
    assets,
    demoWallet,
    appUrl,
    of: ({ name, byline, picture, handle }) => ({
      assets,
      creator: { name, byline, picture: picture && { path: portraitPath(picture.digest), alt: picture.alt } },
      origin: `${protocol}//${hosts.hostOf(handle)}`,
      demoWallet,
    }),
    originOf: ({ host }) => `${protocol}//${host}`,
    fiatOf: (request, amount) => fiatText(rates(), request, amount),
  }
}

/** Where a creator's picture is served on their host: under the name of its bytes, so whoever has it keeps it. */
function portraitPath(digest: string): string {
  return `/_l402/picture/${digest}.webp`
}

/** A resource as lists, tickets and the checkout tell of it; its first offer is the one on the card. */
export function toItem(resource: CatalogResource, { noun, length }: Description): ReaderItem {
  const { id, slug, service, title, lead, language, publishedAt, paused } = resource
  const [{ kind, lastsSeconds, uses, price }] = resource.offers
  return {
    ...{ id, slug, service, noun, title, lead, language, length, publishedAt, paused },
    priceMsat: price.amountMsat,
    isUnpriced: price.fiat?.rate === null,
    offer: { id: kind, lastsSeconds, uses },
  }
}
