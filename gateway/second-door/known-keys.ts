/** Whose secret key this is: what is shown again is known from memory, a guess costs a client its budget before it costs a query. */
import { LRUCache } from 'lru-cache'
import type { Clock } from '#lib/clock.ts'
import { equalInConstantTime, sha256 } from '#lib/crypto.ts'
import type { Db } from '#lib/db.ts'
import { Fault } from '#lib/errors.ts'
import { createBuckets } from '#lib/gate/limits/buckets.ts'
import { createHostBudget } from '#lib/gate/limits/host-budget.ts'
import { encodeUtf8 } from '#lib/l402/bytes.ts'
import { describeCause, type Log } from '#lib/log.ts'
import { isOver, parseApiKey } from '#lib/paywall/creators/api-key.ts'
import { findHeldKey, type HeldKey, noteKeyShown } from '#lib/paywall/creators/api-key-store.ts'

type KeyReading =
  | { readonly kind: 'known'; readonly creatorId: string; readonly handle: string }
  | {
      readonly kind: 'refused'
      readonly code: 'creator.unauthenticated' | 'limit.rate' | 'queue.full'
      readonly retryAfterSeconds?: number
    }

export interface KnownKeys {
  /** `text`: what stood behind `Bearer`. Throws `database.unavailable` for a key that was never seen here. */
  read(text: string, address: string | null): Promise<KeyReading>
}

/** A key that its creator has ended is refused after this long at the latest. */
const FRESH_MS = 1_000
const MAX_KEYS = 10_000
/** Above what one server asks in a second; one that loops is stopped here. */
const KEY_LIMIT = { ratePerSecond: 200, burst: 1_000 }
const NOTED_MS = 60_000

interface Kept {
  readonly key: HeldKey
  readonly readAtMs: number
}

type Deps = { readonly db: Db; readonly clock: Clock; readonly log: Log }

export function createKnownKeys(deps: Deps): KnownKeys {
  const find = createShelf(deps)
  const note = createNotes(deps)
  const guesses = createHostBudget()
  const pace = createBuckets(KEY_LIMIT)
  return {
    async read(text, address) {
      const shown = parseApiKey(text)
      if (shown === null) return UNKNOWN
      const limited = find.isKnown(shown.publicId) ? null : guesses.refusal(address)
      if (limited !== null) return { kind: 'refused', ...limited }
      const key = await find.key(shown.publicId)
      if (key === null || !equalInConstantTime(sha256(encodeUtf8(shown.secret)), key.secretHash)) {
        guesses.count(address)
        return UNKNOWN
      }
      const over = isOver(key, deps.clock.now())
      note(key, over)
      if (over) return UNKNOWN
      const seconds = pace.secondsUntilFree(key.id, performance.now())
      if (seconds > 0) return { kind: 'refused', code: 'limit.rate', retryAfterSeconds: seconds }
      pace.take(key.id, performance.now())
      return { kind: 'known', creatorId: key.creatorId, handle: key.handle }
    },
  }
}

const UNKNOWN: KeyReading = { kind: 'refused', code: 'creator.unauthenticated' }

/** Keys by what may be shown of them; each is read at most once a second, however many ask. */
function createShelf({ db }: Deps) {
  const kept = new LRUCache<string, Kept>({ max: MAX_KEYS })
  const loading = new Map<string, Promise<HeldKey | null>>()
  const load = async (publicId: string): Promise<HeldKey | null> => {
    const key = await findHeldKey(db.client, publicId)
    if (key === null) kept.delete(publicId)
    else kept.set(publicId, { key, readAtMs: performance.now() })
    return key
  }
  return {
    isKnown: (publicId: string) => kept.has(publicId),
    async key(publicId: string): Promise<HeldKey | null> {
      const known = kept.get(publicId)
      if (known !== undefined && performance.now() - known.readAtMs < FRESH_MS) return known.key
      const begun = loading.get(publicId) ?? load(publicId).finally(() => loading.delete(publicId))
      loading.set(publicId, begun)
      try {
        return await begun
      } catch (cause) {
        // While Postgres is silent what was known goes on, as the gate's own catalogue does.
        if (known !== undefined && cause instanceof Fault && cause.code === 'database.unavailable') return known.key
        throw cause
      }
    },
  }
}

/** Notes that a key was shown, at most once a minute, beside the request. */
function createNotes({ db, log }: Deps) {
  const noted = new LRUCache<string, true>({ max: MAX_KEYS, ttl: NOTED_MS })
  return (key: HeldKey, over: boolean): void => {
    const name = `${key.id} ${over}`
    if (noted.has(name)) return
    noted.set(name, true)
    void noteKeyShown(db.client, { ...key, isOver: over }).catch((cause: unknown) => {
      noted.delete(name)
      log.warn('when a key was used could not be noted', { creatorId: key.creatorId, cause: describeCause(cause) })
    })
  }
}
