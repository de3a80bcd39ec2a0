/** Whose key a token names, told from memory: every ring that this process opened has left its key ids here. */
import { LRUCache } from 'lru-cache'
import { encodeHex } from '#lib/l402/bytes.ts'
import type { RingCache } from '#lib/paywall/keys/ring-cache.ts'

export interface KeyOwners {
  /** The creator whose ring held this key id when it was last opened here; `null`: nobody's that this process knows. */
  find(keyId: Uint8Array): string | null
}

/** About 150 bytes each; a key that fell out reads like an unknown one, which is told a little less exactly. */
const MAX_KEYS = 200_000

/** The same ring cache, with its key ids noted by creator; no stranger adds one: only rows of the database are opened. */
export function noteKeyOwners(ring: RingCache): { readonly ring: RingCache; readonly owners: KeyOwners } {
  const creatorIds = new LRUCache<string, string>({ max: MAX_KEYS })
  return {
    ring: {
      ...ring,
      open(creatorId, rows) {
        for (const { keyId } of rows) creatorIds.set(encodeHex(keyId), creatorId)
        return ring.open(creatorId, rows)
      },
    },
    owners: { find: (keyId) => creatorIds.get(encodeHex(keyId)) ?? null },
  }
}
