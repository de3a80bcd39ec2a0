/** The key that mints for a creator: the one there is, or a new one that every gateway agrees on. */
import { randomBytes } from '#lib/crypto.ts'
import type { Db, Tx } from '#lib/db.ts'
import { assertInvariant } from '#lib/errors.ts'
import { KEY_ID_BYTES } from '#lib/l402/identifier.ts'
import { raiseChangeNumber } from '#lib/paywall/creators/creator-store.ts'
import { RING_KEY_BYTES } from './key-ring.ts'
import { findActiveKey, insertActiveKey } from './key-store.ts'
import type { RingCache, RingKey } from './ring-cache.ts'

/** Key ids are random over all creators, so a new one may be taken; that many in a row are not. */
const ATTEMPTS = 8

/**
 * Answers the active key, making one when a rotation (or the beginning) left none. Twenty gateways that ask at once
 * get the same key. Throws `database.unavailable` when it cannot be read or unwrapped.
 */
export async function ensureActiveKey(deps: { db: Db; ring: RingCache }, creatorId: string): Promise<RingKey> {
  return deps.db.inTransaction(async (tx) => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const row = await findActiveKey(tx, creatorId)
      if (row !== null) return keyOf(deps.ring.open(creatorId, [row]).active)
      await addKey(deps, tx, creatorId)
    }
    return keyOf(null)
  })
}

async function addKey({ ring }: { ring: RingCache }, tx: Tx, creatorId: string): Promise<void> {
  // The creator's row first: its lock is what every change of keys waits for, so two additions cannot cross.
  await raiseChangeNumber(tx, creatorId)
  const ringKey = { keyId: newKeyId(), key: randomBytes(RING_KEY_BYTES) }
  await insertActiveKey(tx, { creatorId, keyId: ringKey.keyId, ...ring.wrap(creatorId, ringKey) })
}

/** Four random bytes that are not all zero (protocol.md §4). */
function newKeyId(): Uint8Array {
  const keyId = randomBytes(KEY_ID_BYTES)
  return keyId.some((byte) => byte !== 0) ? keyId : newKeyId()
}

function keyOf(active: RingKey | null): RingKey {
  assertInvariant(active !== null, 'a creator has an active ring key after one was added')
  return active
}
