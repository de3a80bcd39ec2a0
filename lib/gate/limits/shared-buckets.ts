/** Buckets from which many networks draw: when one runs short, the networks that drew least of it lately come first. */
import { type BucketLimit, createBuckets, MAX_BUCKETS, setYoungest } from './buckets.ts'

export interface SharedBuckets {
  /** 0 when this network can take one now. */
  secondsUntilFree(key: string, nowMs: number, network: string): number
  take(key: string, nowMs: number, network: string): void
  /** As `Buckets.resize`. */
  resize(limit: BucketLimit, nowMs: number): void
}

/** Of what a bucket can hold, this part is kept from whoever drew without end; the rest one network alone can have at once. */
const KEPT = 0.5
/**
 * Whoever drew this often leaves half of what is kept; who drew once leaves four fifths: 40 challenges of a creator's 100. Near
 * zero a reader's second request would count as little as a flood's.
 */
const HALF_KEPT_AT = 0.25
/** What a network drew is half forgotten after this time. */
const HALF_LIFE_MS = 60_000

/**
 * Nobody waits in a queue: a network takes one when enough is left for those who drew less, and the more it drew, the more that
 * is. So a flood settles where it has the refill, and the kept half is there for the first requests of everybody else.
 */
export function createSharedBuckets(size: BucketLimit): SharedBuckets {
  let limit = size
  const buckets = createBuckets(limit)
  const drawn = createDrawn()
  return {
    secondsUntilFree(key, nowMs, network) {
      const draws = drawn.of(key, nowMs, network)
      // Whole challenges, so that the smallest buckets still give all that they have.
      const left = Math.floor((KEPT * buckets.untouched(nowMs) * draws) / (draws + HALF_KEPT_AT))
      const wanted = 1 + left
      const level = buckets.level(key, nowMs)
      return level >= wanted ? 0 : (wanted - level) / limit.ratePerSecond
    },
    take(key, nowMs, network) {
      buckets.take(key, nowMs)
      drawn.count(key, nowMs, network)
    },
    resize(next, nowMs) {
      limit = next
      buckets.resize(next, nowMs)
    },
  }
}

/** How often each network drew from each bucket lately. One that was pushed out of memory counts as new. */
function createDrawn() {
  const counts = new Map<string, { draws: number; atMs: number }>()
  const of = (key: string, nowMs: number, network: string): number => {
    const known = counts.get(`${network} ${key}`)
    return known === undefined ? 0 : known.draws * 2 ** (Math.min(0, known.atMs - nowMs) / HALF_LIFE_MS)
  }
  return {
    of,
    count(key: string, nowMs: number, network: string) {
      const value = { draws: of(key, nowMs, network) + 1, atMs: nowMs }
      setYoungest(counts, { key: `${network} ${key}`, value, maxKeys: MAX_BUCKETS })
    },
  }
}
