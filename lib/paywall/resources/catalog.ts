/** The snapshots of the creators that a gate serves: in memory, at most a second old, still there when Postgres is not. */
import { setTimeout as pause } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import { type Clock, systemClock } from '#lib/clock.ts'
import type { Db } from '#lib/db.ts'
import type { Log } from '#lib/log.ts'
import type { RingCache } from '#lib/paywall/keys/ring-cache.ts'
import { listDenialsAfter } from '#lib/paywall/tokens/deny-store.ts'
import { createCatalogLoader, type Loaded } from './catalog-loader.ts'
import { startCatalogPoll } from './catalog-poll.ts'
import { type Changes, type DetailLoaders, readCatalog } from './catalog-store.ts'
import { createCreatorHosts } from './creator-host.ts'
import { type RenewInput, renewSnapshot } from './renew-snapshot.ts'
import type { CreatorSnapshot } from './snapshot.ts'
import { createSnapshotCache, type Kept, type SnapshotCache } from './snapshot-cache.ts'

export interface Catalog {
  /** The creator at this host as it is in memory; `undefined`: not there, ask `find`. */
  peek(host: string): CreatorSnapshot | undefined
  /**
   * The creator at this host (lower case, port as sent), from memory after the first time; null: nobody lives there.
   * Throws `database.unavailable` when this creator is not in memory and Postgres does not answer.
   */
  find(host: string): Promise<CreatorSnapshot | null>
  /**
   * Loads again now, and answers what was found. Shared by concurrent callers; at most one load a second per creator,
   * later callers wait for the next. For a token whose key id the ring does not know: another gateway may just have
   * made it. Throws as `find`.
   */
  refresh(host: string): Promise<CreatorSnapshot | null>
  /** Paid readers of these creators were just let in: they stay in memory however many others are asked for. */
  keepSelling(creatorIds: Iterable<string>): void
  /** Milliseconds since everything that had changed was known: how old a snapshot can be. */
  ageMs(): number
  /** Memory of all snapshots, as estimated. */
  bytes(): number
  close(): void
}

export interface CatalogDeps {
  db: Db
  log: Log
  ring: RingCache
  loaders: DetailLoaders
  /** `CREATOR_HOSTS`. */
  hosts: string
  /** `NAMED_HOSTS`. */
  namedHosts?: string
  clock?: Clock
  pollMs?: number
  /** Of all snapshots together. */
  maxBytes?: number
}

/** A revocation reaches every gateway within two seconds, on a busy machine too: half a second is waiting, the rest is reserve. */
const POLL_MS = 500
const REFRESH_MS = 1_000
const MAX_BYTES = 112 * 1024 * 1024
const UNKNOWN_MS = 5_000
/** Strangers' guesses; one that falls out costs a place in a batch again. */
const MAX_UNKNOWN = 10_000
const MAX_REFRESHED = 10_000
/** Creators whose denials are asked for by one statement. */
const PAGE_DENIALS = 1_000

/** Starts the poll of changes; nothing is loaded before somebody asks for it. */
export function createCatalog(deps: CatalogDeps): Catalog {
  const { handleOf } = createCreatorHosts(deps.hosts, deps.namedHosts)
  const cache = createSnapshotCache(deps.maxBytes ?? MAX_BYTES)
  const unknown = new LRUCache<string, true>({ max: MAX_UNKNOWN, ttl: UNKNOWN_MS })
  const shelf = { deps, clock: deps.clock ?? systemClock, handleOf, cache, unknown }
  const loader = createCatalogLoader((hosts) => readAll(shelf, hosts, (asOf) => poll.note(asOf)))
  const renewalAgeMs = () => performance.now() - (loader.renewingSince() ?? performance.now())
  const poll = startCatalogPoll({
    ...{ db: deps.db, log: deps.log, pollMs: deps.pollMs ?? POLL_MS, renewalAgeMs },
    onChanged: async (changed) => loader.renew(await takeChanges(shelf, changed)),
    onOtherDatabase: () => loader.renew(forgetMarks(cache)),
  })
  const loading = new Map<string, Promise<CreatorSnapshot | null>>()
  const waiting = new Map<string, Promise<CreatorSnapshot | null>>()
  /** When a refresh last began to read, by host, on the monotonic clock. */
  const refreshedAt = new LRUCache<string, number>({ max: MAX_REFRESHED })

  async function refresh(host: string): Promise<CreatorSnapshot | null> {
    const waitMs = (refreshedAt.get(host) ?? Number.NEGATIVE_INFINITY) + REFRESH_MS - performance.now()
    if (waitMs > 0) await pause(waitMs)
    // From here on it may read what was before somebody's commit, so who comes now waits for the next one.
    waiting.delete(host)
    refreshedAt.set(host, performance.now())
    return loader.load(host)
  }

  async function find(host: string): Promise<CreatorSnapshot | null> {
    const kept = cache.get(host)
    if (kept !== undefined) return kept.snapshot
    if (handleOf(host) === null || unknown.has(host)) return null
    return share(loading, host, () => loader.load(host))
  }

  return {
    peek: (host) => cache.get(host)?.snapshot,
    find,
    refresh: (host) => (cache.peek(host) === undefined ? find(host) : share(waiting, host, () => refresh(host))),
    keepSelling: cache.keepSelling,
    ageMs: () => Math.max(poll.ageMs(), renewalAgeMs()),
    bytes: cache.bytes,
    close: poll.close,
  }
}

/** What is in memory, and what is known not to be anywhere. */
interface Shelf {
  readonly deps: CatalogDeps
  readonly clock: Clock
  readonly handleOf: (host: string) => string | null
  readonly cache: SnapshotCache
  readonly unknown: LRUCache<string, true>
}

/** Reads what changed of these hosts' creators; `note` hears as of when, before anybody is answered. */
async function readAll(
  shelf: Shelf,
  hosts: readonly string[],
  note: (asOf: bigint) => void,
): Promise<Loaded<CreatorSnapshot | null>> {
  const wanted = hosts.map((host) => ({ host, handle: shelf.handleOf(host) ?? '', base: shelf.cache.peek(host) }))
  const known = wanted.map(({ handle, base }) => ({
    handle,
    since: base?.asOf ?? 0n,
    deniedUpTo: base?.deniedUpTo ?? -1n,
  }))
  const { asOf, byHandle } = await readCatalog(shelf.deps, known, shelf.clock.now())
  note(asOf)
  return new Map(
    wanted.map(({ host, handle, base }) => {
      const rows = byHandle.get(handle)
      return [host, settled(() => (rows === undefined ? forget(shelf, host) : keep(shelf, { rows, host, asOf, base })))]
    }),
  )
}

/** Swaps in one assignment. No older snapshot can come later, since a host is never read twice at once (catalog-loader.ts). */
function keep({ deps, cache }: Shelf, read: RenewInput): CreatorSnapshot {
  const next = renewSnapshot(deps.ring, read)
  cache.set(next)
  return next.snapshot
}

function forget({ unknown, cache }: Shelf, host: string): null {
  unknown.set(host, true)
  cache.delete(host)
  return null
}

/** What was withdrawn counts at once; answers the hosts that are behind, to be read as quickly as that goes. */
async function takeChanges({ deps, clock, cache }: Shelf, changed: Changes['changed']): Promise<string[]> {
  const stale = changed.flatMap(({ creatorId, changeNumber }) =>
    cache.peekById(creatorId).filter(({ snapshot }) => snapshot.changeNumber !== changeNumber),
  )
  for (let start = 0; start < stale.length; start += PAGE_DENIALS)
    await addDenials(deps.db, stale.slice(start, start + PAGE_DENIALS), clock.now())
  return stale.map(({ snapshot }) => snapshot.host)
}

/** Everything is to be read anew; answers all hosts. */
function forgetMarks(cache: SnapshotCache): string[] {
  for (const host of cache.hosts()) {
    const kept = cache.peek(host)
    if (kept !== undefined) cache.set({ ...kept, asOf: 0n, deniedUpTo: -1n })
  }
  return cache.hosts()
}

async function addDenials(db: Db, stale: readonly Kept[], now: Date): Promise<void> {
  const wanted = stale.map(({ snapshot, deniedUpTo }) => ({ creatorId: snapshot.creatorId, after: deniedUpTo }))
  const denials = await listDenialsAfter(db.client, wanted, now)
  for (const { snapshot } of stale) snapshot.denied.add(denials.get(snapshot.creatorId) ?? [])
}

function settled<T>(make: () => T): PromiseSettledResult<T> {
  try {
    return { status: 'fulfilled', value: make() }
  } catch (reason) {
    return { status: 'rejected', reason }
  }
}

/** One run of `work` per key at a time; who comes meanwhile gets the same answer. */
function share<T>(running: Map<string, Promise<T>>, key: string, work: () => Promise<T>): Promise<T> {
  const known = running.get(key)
  if (known !== undefined) return known
  const started = work().finally(() => {
    if (running.get(key) === started) running.delete(key)
  })
  running.set(key, started)
  return started
}
