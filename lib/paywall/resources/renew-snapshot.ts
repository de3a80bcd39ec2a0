/** A snapshot from rows: whole at first, later the one before with what changed; what did not change stays the same object. */
import { createBlockList } from '#lib/paywall/blocks/block-list.ts'
import type { RingCache } from '#lib/paywall/keys/ring-cache.ts'
import { createDenyList } from '#lib/paywall/tokens/deny-list.ts'
import type { CatalogRows } from './catalog-store.ts'
import { exchange } from './lookup.ts'
import {
  type CatalogResource,
  type CreatorSnapshot,
  type GoneResource,
  goneServicesOf,
  servicesOf,
} from './snapshot.ts'
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
      picture: creator.picture,
      changeNumber: creator.changeNumber,
      ...listings(rows, base?.snapshot),
      ring: ring.open(creator.id, rows.ringKeys),
      denied,
      blocked: createBlockList(rows.blocks),
    },
    asOf,
    deniedUpTo: creator.changeNumber,
  }
}

/** Most creators never moved or deleted anything: one empty map is for all of them. */
const NONE: ReadonlyMap<string, never> = new Map<string, never>()

type Listings = Pick<CreatorSnapshot, 'resources' | 'bySlug' | 'bySlugBefore' | 'services' | 'gone' | 'goneServices'>

function listings(rows: CatalogRows, base: Listings | undefined): Listings {
  if (base === undefined) return listAnew(rows, base)
  if (rows.changedIds.length > 0) return exchangeFew(rows, base) ?? listAnew(rows, base)
  const { resources, bySlug, bySlugBefore, services, gone, goneServices } = base
  return { resources, bySlug, bySlugBefore, services, gone, goneServices }
}

const MOST_EXCHANGED = 16

/**
 * The listings with some resources in place of what they were, where no address, service or date changed: a price among
 * ten thousand costs a tenth of a millisecond, and ten if all are sorted and written down again. `null`: that has to be done.
 */
function exchangeFew(rows: CatalogRows, base: Listings): Listings | null {
  const { resources, changedIds, moved } = rows
  if (
    moved.length > 0 ||
    rows.gone.length > 0 ||
    changedIds.length > MOST_EXCHANGED ||
    isAnyGone(changedIds, resources, base)
  )
    return null
  const all = [...base.resources]
  for (const next of resources) {
    const before = base.bySlug.get(next.slug)
    const at = before !== undefined && standsAlike(before, next) ? base.resources.indexOf(before) : -1
    if (at === -1) return null
    all[at] = next
  }
  const bySlug = exchange(
    base.bySlug,
    resources.map((resource) => [resource.slug, resource]),
  )
  const services = exchange(base.services, resources.flatMap(byServices))
  const { bySlugBefore, gone, goneServices } = base
  return bySlug && services && { resources: all, bySlug, bySlugBefore, services, gone, goneServices }
}

/** Of those that changed, what is not on sale now and was; a draft is neither. */
function isAnyGone(changedIds: readonly string[], now: readonly CatalogResource[], base: Listings): boolean {
  const gone = new Set(changedIds)
  for (const { id } of now) gone.delete(id)
  return gone.size > 0 && base.resources.some(({ id }) => gone.has(id))
}

function standsAlike(a: CatalogResource, b: CatalogResource): boolean {
  const isSame = a.id === b.id && a.publishedAt.getTime() === b.publishedAt.getTime()
  return isSame && [...servicesOf(a)].join() === [...servicesOf(b)].join()
}

function byServices(resource: CatalogResource): (readonly [string, CatalogResource])[] {
  return [...servicesOf(resource)].map((name) => [name, resource])
}

function listAnew(rows: CatalogRows, base: Listings | undefined): Listings {
  const { resources, changedIds, moved } = rows
  const changed = new Set(changedIds)
  const kept = base?.resources.filter(({ id }) => !changed.has(id)) ?? []
  const keptBefore = [...(base?.bySlugBefore ?? [])].filter(([, { id }]) => !changed.has(id))
  const before = [...keptBefore, ...formerSlugs(resources, moved)]
  const all = [...kept, ...resources].toSorted(newestFirst)
  const gone = new Map([...(base?.gone ?? [])].filter(([, { id }]) => !changed.has(id)).concat(goneSlugs(rows)))
  return {
    resources: all,
    bySlug: new Map(all.map((resource) => [resource.slug, resource])),
    bySlugBefore: before.length === 0 ? NONE : new Map(before),
    services: new Map(all.flatMap(byServices)),
    gone: gone.size === 0 ? NONE : gone,
    goneServices: gone.size === 0 ? NONE : new Map([...gone.values()].flatMap(goneByServices)),
  }
}

function goneByServices(resource: GoneResource): (readonly [string, GoneResource])[] {
  return goneServicesOf(resource).map((name) => [name, resource])
}

/** Each under its last address and all before. */
function goneSlugs({ gone, moved }: CatalogRows): [string, GoneResource][] {
  return gone.flatMap(({ slug, ...resource }) => {
    const before = moved.filter(({ resourceId }) => resourceId === resource.id)
    return [slug, ...before.map((each) => each.slug)].map((each): [string, GoneResource] => [each, resource])
  })
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
