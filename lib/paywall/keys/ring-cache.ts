/** Ring keys as a gate uses them: unwrapped once, in memory only, looked up by key id. */
import { LRUCache } from 'lru-cache'
import { unwrapSecret, wrapSecret } from '#lib/crypto.ts'
import { Fault } from '#lib/errors.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import type { Log } from '#lib/log.ts'
import { type RingKeyState, wrappingContext } from './key-ring.ts'

/** The keys of one creator. A retired key is not among them, so its tokens read like those of an unknown key. */
export interface RingKeys {
  /** The key that mints; null between a rotation and the next challenge, or before the first one. */
  readonly active: RingKey | null
  find(keyId: Uint8Array): { readonly key: Uint8Array; readonly state: RingKeyState } | null
}

export interface RingKey {
  /** 4 bytes. */
  readonly keyId: Uint8Array
  /** 32 bytes. */
  readonly key: Uint8Array
}

/** A row of `ring_key` as the cache needs it. */
export interface WrappedRingKey {
  readonly keyId: Uint8Array
  readonly wrapped: Uint8Array
  readonly wrappingKeyId: string
  readonly state: RingKeyState
}

export interface RingCache {
  /**
   * The keys behind the rows of a creator. A key that was unwrapped before is not unwrapped again. Throws
   * `database.unavailable` when one cannot be unwrapped: without it good tokens would be refused, so nothing is judged.
   */
  open(creatorId: string, rows: readonly WrappedRingKey[]): RingKeys
  /** Wraps a new ring key under the first key-encryption key. */
  wrap(creatorId: string, ringKey: RingKey): { wrapped: Uint8Array; wrappingKeyId: string }
}

/** About 200 bytes each; one that fell out is unwrapped again, which takes some microseconds. */
const MAX_OPENED = 200_000

/** `wrapping` is `KEY_ENCRYPTION_KEYS`: the first wraps, all unwrap. Every unwrapping leaves a line in the log. */
export function createRingCache(deps: {
  wrapping: readonly { readonly id: string; readonly key: Uint8Array }[]
  log: Log
}): RingCache {
  const opened = new LRUCache<string, Uint8Array>({ max: MAX_OPENED })

  function unwrap(creatorId: string, row: WrappedRingKey): Uint8Array {
    const name = `${creatorId}/${encodeHex(row.keyId)}`
    const known = opened.get(name)
    if (known !== undefined) return known
    const wrappingKey = deps.wrapping.find(({ id }) => id === row.wrappingKeyId)
    const bytes = wrappingKey && unwrapSecret(wrappingKey.key, row.wrapped, wrappingContext(creatorId, row.keyId))
    if (!bytes) throw unusableKey(creatorId, wrappingKey !== undefined)
    const key = Buffer.from(ownCopy(bytes).buffer)
    deps.log.info('ring key unwrapped', { creatorId, reason: `key ${encodeHex(row.keyId)}` })
    opened.set(name, key)
    return key
  }

  return {
    open(creatorId, rows) {
      const usable = rows.filter(({ state }) => state !== 'retired')
      return ringKeys(
        usable.map((row) => ({ keyId: ownCopy(row.keyId), state: row.state, key: unwrap(creatorId, row) })),
      )
    },
    wrap(creatorId, { keyId, key }) {
      const [first] = deps.wrapping
      if (first === undefined) throw new Fault('internal.bug', 'no key-encryption key is configured')
      return { wrapped: wrapSecret(first.key, key, wrappingContext(creatorId, keyId)), wrappingKeyId: first.id }
    },
  }
}

/** 32 bytes cut from a buffer of Node's or of the driver keep all its 64 KiB in memory: 12.7 KB a creator, measured. */
function ownCopy(bytes: Uint8Array): Uint8Array {
  // Not Buffer.from, which cuts the copy from such a buffer again.
  const copy = Buffer.alloc(bytes.length)
  copy.set(bytes)
  return copy
}

function ringKeys(keys: readonly (RingKey & { state: RingKeyState })[]): RingKeys {
  const byId = new Map(keys.map((key) => [encodeHex(key.keyId), key]))
  return {
    active: keys.find(({ state }) => state === 'active') ?? null,
    find: (keyId) => byId.get(encodeHex(keyId)) ?? null,
  }
}

function unusableKey(creatorId: string, isKnownKey: boolean): Fault {
  const reason = isKnownKey ? 'its bytes do not open' : 'KEY_ENCRYPTION_KEYS lacks the key that wrapped it'
  return new Fault('database.unavailable', `a ring key cannot be unwrapped: ${reason}`, { details: { creatorId } })
}
