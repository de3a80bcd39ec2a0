/** One token is let in as often as its holder can read and no faster, however many copies of it there are. */
import { LRUCache } from 'lru-cache'
import { decodeLatin1 } from '#lib/l402/bytes.ts'
import type { VerifiedToken } from '#lib/l402/token.ts'
import type { BucketLimit } from './buckets.ts'

export interface TokenPace {
  /** Seconds to wait, at most; 0: this request is counted and goes on. `nowMs` is of the monotonic clock. */
  take(token: VerifiedToken, nowMs: number): number
}

interface Bucket {
  level: number
  filledAtMs: number
}

/** A bucket that was forgotten begins full. */
const MAX_TOKENS = 50_000

export function createTokenPace({ ratePerSecond, burst }: BucketLimit, maxTokens = MAX_TOKENS): TokenPace {
  const byId = new LRUCache<string, Bucket>({ max: maxTokens })
  // A hot token is one object, and found by it without writing its id as text.
  const byToken = new WeakMap<VerifiedToken, Bucket>()
  const bucketOf = (token: VerifiedToken, nowMs: number): Bucket => {
    const known = byToken.get(token)
    if (known !== undefined) return known
    const id = decodeLatin1(token.identifier.tokenId)
    const bucket = byId.get(id) ?? { level: burst, filledAtMs: nowMs }
    byId.set(id, bucket)
    byToken.set(token, bucket)
    return bucket
  }
  return {
    take(token, nowMs) {
      const bucket = bucketOf(token, nowMs)
      const refill = Math.max(0, (nowMs - bucket.filledAtMs) / 1000) * ratePerSecond
      bucket.level = Math.min(burst, bucket.level + refill)
      bucket.filledAtMs = nowMs
      if (bucket.level < 1) return (1 - bucket.level) / ratePerSecond
      bucket.level -= 1
      return 0
    },
  }
}
