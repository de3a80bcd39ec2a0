/** Token buckets by key: what is taken comes back at a steady rate, and memory stays bounded under any flood. */

export interface BucketLimit {
  readonly ratePerSecond: number
  /** How many may come at once after a pause. */
  readonly burst: number
}

/** Token buckets of one size by key. */
export interface Buckets {
  /** What can be taken now, in tokens and parts of them. */
  level(key: string, nowMs: number): number
  /** What a bucket holds from which nobody took: its burst, and after a `resize` what it has become since. */
  untouched(nowMs: number): number
  /** 0 when one can be taken now. */
  secondsUntilFree(key: string, nowMs: number): number
  take(key: string, nowMs: number): void
  /** From now on all buckets have this size; each keeps what is in it, as far as it finds room. */
  resize(limit: BucketLimit, nowMs: number): void
}

interface Bucket {
  level: number
  filledAtMs: number
}

/** A full bucket says nothing, so dropping the oldest costs at worst one burst. */
export const MAX_BUCKETS = 50_000

/** Buckets that refill continuously and begin full; `maxKeys` bounds the memory, oldest untouched key out first. */
export function createBuckets(size: BucketLimit, maxKeys = MAX_BUCKETS): Buckets {
  let limit = size
  const buckets = new Map<string, Bucket>()
  let untouched: Bucket = { level: limit.burst, filledAtMs: 0 }
  const levelOf = (bucket: Bucket, nowMs: number): number => {
    const refill = (Math.max(0, nowMs - bucket.filledAtMs) / 1000) * limit.ratePerSecond
    return Math.min(limit.burst, bucket.level + refill)
  }
  const level = (key: string, nowMs: number) => levelOf(buckets.get(key) ?? untouched, nowMs)
  return {
    level,
    untouched: (nowMs) => levelOf(untouched, nowMs),
    secondsUntilFree(key, nowMs) {
      const now = level(key, nowMs)
      return now >= 1 ? 0 : (1 - now) / limit.ratePerSecond
    },
    take(key, nowMs) {
      setYoungest(buckets, { key, value: { level: level(key, nowMs) - 1, filledAtMs: nowMs }, maxKeys })
    },
    resize(next, nowMs) {
      const settle = (bucket: Bucket): Bucket => ({
        level: Math.min(next.burst, levelOf(bucket, nowMs)),
        filledAtMs: nowMs,
      })
      for (const [key, bucket] of buckets) buckets.set(key, settle(bucket))
      untouched = settle(untouched)
      limit = next
    },
  }
}

/** The entry becomes the youngest of its map; when there are too many, the oldest makes room for it. */
export function setYoungest<V>(map: Map<string, V>, entry: { key: string; value: V; maxKeys: number }): void {
  map.delete(entry.key)
  if (map.size >= entry.maxKeys) dropOldest(map)
  map.set(entry.key, entry.value)
}

function dropOldest(map: Map<string, unknown>): void {
  const oldest = map.keys().next()
  if (!oldest.done) map.delete(oldest.value)
}
