/** Lists of what a creator sells are made once for each page of them, kept within a bound, and cut where the reader asks. */
import { LRUCache } from 'lru-cache'
import { type BucketLimit, createBuckets } from '#lib/gate/limits/buckets.ts'
import type { GateRequest } from '#lib/gate/request.ts'
import type { Content } from '#lib/gate/target.ts'
import type { CatalogResource, CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'

/** A part of a creator's list. */
export interface ListPage {
  /** On sale, newest first. */
  readonly resources: readonly CatalogResource[]
  /** The query of the following page; `null`: this is the last one. */
  readonly next: string | null
}

/** What `?after=` may hold: the id of the last resource of the page before. */
const AFTER = /^[\w-]{1,64}$/

/** At most `limit` resources after the one that the query names; `null`: it names none of this creator. */
export function cutList(creator: CreatorSnapshot, request: GateRequest, limit: number): ListPage | null {
  const after = new URLSearchParams(request.query).get('after')
  const start = after === null ? 0 : AFTER.test(after) ? creator.resources.findIndex(({ id }) => id === after) + 1 : 0
  if (after !== null && start === 0) return null
  const resources: CatalogResource[] = []
  for (const resource of creator.resources.slice(start)) {
    if (resource.paused) continue
    if (resources.length === limit) return { resources, next: `after=${resources.at(-1)?.id}` }
    resources.push(resource)
  }
  return { resources, next: null }
}

export interface KeptLists {
  /**
   * The content that `make` makes, or the same as before while the creator has not changed. One that keeps changing gets the
   * list of before for up to five seconds: to write a page takes some ten milliseconds, in which nobody else is served.
   */
  get(creator: CreatorSnapshot, key: string, make: () => Content): Content
}

const MAX_BYTES = 32 * 1024 * 1024

/** How often one list is made anew because of changes: somebody who edits never notices, somebody who floods does. */
const REMAKING: BucketLimit = { ratePerSecond: 0.2, burst: 10 }

interface Made {
  readonly content: Content
  readonly changeNumber: bigint
  readonly rates: CreatorSnapshot['rates']
}

/** Of all creators together; the ones longest unused are made again. */
export function createKeptLists(options: { maxBytes?: number; nowMs?: () => number } = {}): KeptLists {
  const { maxBytes = MAX_BYTES, nowMs = () => performance.now() } = options
  const kept = new LRUCache<string, Made>({
    maxSize: maxBytes,
    sizeCalculation: ({ content }) => content.length + 500,
  })
  const remakings = createBuckets(REMAKING)
  return {
    get({ creatorId, changeNumber, rates }, key, make) {
      const name = `${creatorId} ${key}`
      const known = kept.get(name)
      if (known?.changeNumber === changeNumber && known.rates === rates) return known.content
      const now = nowMs()
      if (known !== undefined && remakings.secondsUntilFree(name, now) > 0) return known.content
      if (known !== undefined) remakings.take(name, now)
      const content = make()
      kept.set(name, { content, changeNumber, rates })
      return content
    },
  }
}
