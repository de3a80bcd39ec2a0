/** A snapshot from rows: whole at first, later the one before with what changed; what did not change stays the same object. */
import type { RingCache } from '#lib/paywall/keys/ring-cache.ts'
import { createDenyList } from '#lib/paywall/tokens/deny-list.ts'
import type { CatalogRows } from './catalog-store.ts'
import { type CatalogResource, type CreatorSnapshot, servicesOf } from './snapshot.ts'
import type { Kept } from './snapshot-cache.ts'

export interface RenewInput {
  readonly rows: CatalogRows
  readonly host: string
  readonly asOf: bigint
  /** What the rows were asked for as changes of; `undefined`: they are everything. */
  readonly base: Kept | undefined
}

/** Throws as `RingCache.open`. */
export function renewSnapshot(ring: RingCache, { rows, host, asOf, base }: RenewInput): Kept {
  const { creator } = rows
  const denied = base?.snapshot.denied ?? createDenyList([])
  denied.add(rows.denials)
  return {
    snapshot: {
      creatorId: creator.id,
      shortId: creator.shortId,
      handle: creator.handle,
      host,
      name: creator.name,
      byline: creator.byline,
      about: creator.about,
      changeNumber: creator.changeNumber,
      ...listings(rows, base?.snapshot),
      ring: ring.open(creator.id, rows.ringKeys),
      denied,
    },
    asOf,
    deniedUpTo: creator.changeNumber,
  }
}

type Listings = Pick<CreatorSnapshot, 'resources' | 'bySlug' | 'bySlugBefore' | 'services'>

function listings({ resources, changedIds, moved }: CatalogRows, base: Listings | undefined): Listings {
  if (base !== undefined && changedIds.length === 0) {
    const { resources: same, bySlug, bySlugBefore, services } = base
    return { resources: same, bySlug, bySlugBefore, services }
  }
  const changed = new Set(changedIds)
  const kept = base?.resources.filter(({ id }) => !changed.has(id)) ?? []
  const keptBefore = [...(base?.bySlugBefore ?? [])].filter(([, { id }]) => !changed.has(id))
  const all = [...kept, ...resources].toSorted(newestFirst)
  return {
    resources: all,
    bySlug: new Map(all.map((resource) => [resource.slug, resource])),
    bySlugBefore: new Map([...keptBefore, ...formerSlugs(resources, moved)]),
    services: new Map(all.flatMap((resource) => [...servicesOf(resource)].map((name) => [name, resource] as const))),
  }
}

/** An address that a resource took back is its present one. */
function formerSlugs(
  resources: readonly CatalogResource[],
  moved: CatalogRows['moved'],
): (readonly [string, CatalogResource])[] {
  if (moved.length === 0) return []
  const byId = new Map(resources.map((resource) => [resource.id, resource]))
  return moved.flatMap(({ slug, resourceId }) => {
    const resource = byId.get(resourceId)
    return resource === undefined || resource.slug === slug ? [] : [[slug, resource] as const]
  })
}

function newestFirst(a: CatalogResource, b: CatalogResource): number {
  return b.publishedAt.getTime() - a.publishedAt.getTime() || (a.id < b.id ? -1 : 1)
}
