/** A view is counted once per reader and day, without keeping who read what (product.md §3.3). */
import { LRUCache } from 'lru-cache'
import { randomBytes } from '#lib/crypto.ts'
import { encodeHex, encodeUtf8, type Sha256 } from '#lib/l402/bytes.ts'
import type { UsageBuffer } from '#lib/paywall/usage/usage-buffer.ts'
import { isRobot } from './answers/media.ts'
import type { Asked } from './kinds/kind.ts'
import { findHeader } from './request.ts'

export interface ViewCounter {
  /** Counts a page before paying that is about to be sent, if it is the first of its reader today; robots are no readers. */
  count(asked: Pick<Asked, 'request' | 'creator' | 'resource'>): void
}

export interface ViewCounterDeps {
  readonly usage: Pick<UsageBuffer, 'count'>
  readonly clock: { now(): Date }
  readonly sha256: Sha256
}

const DAY_MS = 86_400_000
/** Readers times resources of one day in one process, about 100 bytes each; of more the oldest count again. */
const MAX_SEEN = 200_000

/** Address and agent only as a hash under a salt that is forgotten with its day (UTC). */
export function createViewCounter(deps: ViewCounterDeps): ViewCounter {
  let day = Number.NaN
  let salt: Uint8Array = new Uint8Array()
  const seen = new LRUCache<string, true>({ max: MAX_SEEN })
  return {
    count({ request, creator, resource }) {
      if (request.method !== 'GET' || isRobot(request)) return
      const today = Math.floor(deps.clock.now().getTime() / DAY_MS)
      if (today !== day) {
        day = today
        salt = randomBytes(16)
        seen.clear()
      }
      const facts = [
        creator.creatorId,
        resource.id,
        request.address,
        findHeader(request, 'user-agent'),
        encodeHex(salt),
      ]
      const mark = encodeHex(deps.sha256(encodeUtf8(JSON.stringify(facts))).subarray(0, 10))
      if (seen.has(mark)) return
      seen.set(mark, true)
      deps.usage.count({ creatorId: creator.creatorId, resourceId: resource.id, kind: 'view' })
    },
  }
}
