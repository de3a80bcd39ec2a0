/** Whose key a token names, told from memory: every ring that this process opened has left its key ids here. */
import { encodeHex } from '#lib/l402/bytes.ts'
import type { RingCache } from '#lib/paywall/keys/ring-cache.ts'

export interface KeyOwners {
  /** The creator whose ring held this key id when it was last opened here; `null`: nobody's that this process knows. */
  find(keyId: Uint8Array): string | null
}

/**
 * The same ring cache, with its key ids noted by creator. As many as there are ring keys in memory, and no stranger adds
 * one: only rows of the database are opened.
 */
export function noteKeyOwners(ring: RingCache): { readonly ring: RingCache; readonly owners: KeyOwners } {
  const creatorIds = new Map<string, string>()
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
