/** What a gate knows of one creator at one moment: built whole, never changed, swapped for the next one. */
import type { BlockList } from '#lib/paywall/blocks/block-list.ts'
import type { RingKeys } from '#lib/paywall/keys/ring-cache.ts'
import type { Offers } from '#lib/paywall/offers/offer.ts'
import type { RateTable } from '#lib/paywall/rates/follow-rates.ts'
import type { DenyList } from '#lib/paywall/tokens/deny-list.ts'
import type { Access } from './access.ts'
import type { Lookup } from './lookup.ts'

export interface CreatorSnapshot {
  readonly creatorId: string
  readonly shortId: string
  readonly handle: string
  /** As clients send it: lower case, with the port when it is not the usual one. */
  readonly host: string
  readonly name: string
  readonly byline: string
  readonly about: string
  /** SHA-256 of a WebP in the content folder, as hex, and what it shows; `null`: there is none. */
  readonly picture: { readonly digest: string; readonly alt: string } | null
  readonly changeNumber: bigint
  /** At which its prices in fiat are told in sats; absent: it has none. */
  readonly rates?: RateTable
  /** What is or was on sale, newest first; paused ones are here too, drafts never. */
  readonly resources: readonly CatalogResource[]
  readonly bySlug: Lookup<CatalogResource>
  /** By each address that it had before: these lead to the present one. */
  readonly bySlugBefore: ReadonlyMap<string, CatalogResource>
  /** By the name that stands in tokens. */
  readonly services: Lookup<CatalogResource>
  /** What was on sale and was deleted, by each address that it ever had: nothing else is found there, ever. */
  readonly gone: ReadonlyMap<string, GoneResource>
  /** The same by service. */
  readonly goneServices: ReadonlyMap<string, GoneResource>
  readonly ring: RingKeys
  readonly denied: DenyList
  /** Whom this creator serves nothing. */
  readonly blocked: BlockList
}

/** What is left of a deleted resource. */
export interface GoneResource {
  readonly id: string
  readonly service: string
  /** Of what was sold in parts, the names of the parts. */
  readonly parts?: readonly string[]
  readonly title: string
  readonly language: string
}

/** Every name under which something of a deleted resource stands in tokens. */
export function goneServicesOf({ service, parts = [] }: Pick<GoneResource, 'service' | 'parts'>): readonly string[] {
  return [service, ...parts]
}

/** A resource on sale. `Detail` is what only its kind has, and what only that kind's row in the gate understands. */
export interface CatalogResource<Detail = unknown> {
  readonly id: string
  readonly slug: string
  readonly kind: string
  readonly service: string
  readonly title: string
  readonly lead: string
  readonly language: string
  readonly publishedAt: Date
  readonly paused: boolean
  readonly access: Access
  /** Of all its services, in the order of the card. */
  readonly offers: Offers
  readonly detail: Detail
}

/** Every name under which something of this resource stands in tokens. */
export function servicesOf({ service, offers }: Pick<CatalogResource, 'service' | 'offers'>): ReadonlySet<string> {
  return new Set([service, ...offers.flatMap(({ covers }) => covers)])
}
