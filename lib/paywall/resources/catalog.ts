/** Every gate's picture of the creators it serves: in memory, at most a second old, still there when Postgres is not. */
import { setTimeout as pause } from 'node:timers/promises'
import { type Clock, systemClock } from '#lib/clock.ts'
import type { Db } from '#lib/db.ts'
import { describeCause, type Log } from '#lib/log.ts'
import { listChangeNumbers } from '#lib/paywall/creators/creator-store.ts'
import type { RingCache } from '#lib/paywall/keys/ring-cache.ts'
import { createDenyList } from '#lib/paywall/tokens/deny-list.ts'
import { type CatalogRows, type DetailLoaders, readCatalogRows } from './catalog-store.ts'
import { createCreatorHosts } from './creator-host.ts'
import type { CreatorSnapshot } from './snapshot.ts'

export interface Catalog {
  /** The creator at this host as it is in memory; `undefined`: never asked for, ask `find`. */
  peek(host: string): CreatorSnapshot | undefined
  /**
   * The creator at this host (lower case, port as sent), from memory after the first time; null: nobody lives there.
   * Throws `database.unavailable` when this creator was never loaded and Postgres does not answer.
   */
  find(host: string): Promise<CreatorSnapshot | null>
  /**
   * Loads again now, and answers what was found. Shared by concurrent callers; at most one load a second per creator,
   * later callers wait for the next. For a token whose key id the ring does not know: another gateway may just have
   * made it. Throws as `find`.
   */
  refresh(host: string): Promise<CreatorSnapshot | null>
  /** Milliseconds since the change numbers were last compared: how old the picture can be. */
  ageMs(): number
  close(): void
}

export interface CatalogDeps {
  db: Db
  log: Log
  ring: RingCache
  loaders: DetailLoaders
  /** `CREATOR_HOSTS`. */
  hosts: string
  clock?: Clock
  pollMs?: number
}

/** A revocation reaches every gateway within two seconds, on a busy machine too: half a second is waiting, the rest is reserve. */
const POLL_MS = 500
const REFRESH_MS = 1_000
const UNKNOWN_MS = 5_000
/** A table of strangers' guesses, so it is bounded: full means forgotten, which costs a query each. */
const MAX_UNKNOWN = 10_000
const ALARM_AGE_MS = 30_000
const STUCK_MS = 1_500

type Snapshots = Map<string, CreatorSnapshot>

/** Starts the poll of change numbers; nothing is loaded before somebody asks for it. */
export function createCatalog(deps: CatalogDeps): Catalog {
  const hosts = createCreatorHosts(deps.hosts)
  const clock = deps.clock ?? systemClock
  const snapshots: Snapshots = new Map()
  const unknown = new Map<string, number>()
  const loading = new Map<string, Promise<CreatorSnapshot | null>>()
  const waiting = new Map<string, Promise<CreatorSnapshot | null>>()
  /** When a refresh last began to read, by host, on the monotonic clock. */
  const refreshedAt = new Map<string, number>()

  async function load(host: string): Promise<CreatorSnapshot | null> {
    const handle = hosts.handleOf(host)
    const rows = handle === null ? null : await readCatalogRows(deps, { handle }, clock.now())
    if (rows !== null) return swap(snapshots, toSnapshot(rows, host, deps.ring))
    rememberUnknown(unknown, host)
    snapshots.delete(host)
    return null
  }

  async function refresh(host: string): Promise<CreatorSnapshot | null> {
    const waitMs = (refreshedAt.get(host) ?? Number.NEGATIVE_INFINITY) + REFRESH_MS - performance.now()
    if (waitMs > 0) await pause(waitMs)
    // From here on it may read what was before somebody's commit, so who comes now waits for the next one.
    waiting.delete(host)
    refreshedAt.set(host, performance.now())
    return load(host)
  }

  const poll = startPoll({ ...deps, snapshots, load })

  async function find(host: string): Promise<CreatorSnapshot | null> {
    const snapshot = snapshots.get(host)
    if (snapshot !== undefined) return snapshot
    if (hosts.handleOf(host) === null || (unknown.get(host) ?? 0) > performance.now()) return null
    return share(loading, host, () => load(host))
  }

  return {
    peek: (host) => snapshots.get(host),
    find,
    refresh: (host) => (snapshots.has(host) ? share(waiting, host, () => refresh(host)) : find(host)),
    ageMs: poll.ageMs,
    close: poll.close,
  }
}

/** Swaps in one assignment; a slow load never replaces what a quicker, later one has brought. */
function swap(snapshots: Snapshots, snapshot: CreatorSnapshot): CreatorSnapshot {
  const current = snapshots.get(snapshot.host)
  if (current !== undefined && current.changeNumber > snapshot.changeNumber) return current
  snapshots.set(snapshot.host, snapshot)
  return snapshot
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

function rememberUnknown(unknown: Map<string, number>, host: string): void {
  if (unknown.size >= MAX_UNKNOWN) unknown.clear()
  unknown.set(host, performance.now() + UNKNOWN_MS)
}

interface PollDeps {
  db: Db
  log: Log
  pollMs?: number
  snapshots: Snapshots
  load(host: string): Promise<CreatorSnapshot | null>
}

/** Compares change numbers twice a second and loads what rose. What cannot be loaded stays as it was, and its age grows. */
function startPoll(deps: PollDeps): { ageMs(): number; close(): void } {
  let comparedAt = performance.now()
  let runningSince = Number.NEGATIVE_INFINITY
  let isAlarmed = false

  async function compare(): Promise<void> {
    const startedAt = performance.now()
    const known = [...deps.snapshots.values()]
    const numbers = await listChangeNumbers(
      deps.db.client,
      known.map(({ creatorId }) => creatorId),
    )
    const stale = known.filter(({ creatorId, changeNumber }) => numbers.get(creatorId) !== changeNumber)
    await Promise.all(stale.map(({ host }) => deps.load(host)))
    comparedAt = Math.max(comparedAt, startedAt)
    isAlarmed = false
  }

  async function run(): Promise<void> {
    // A comparison on a connection that went silent must not keep the next one from using another.
    if (performance.now() - runningSince < STUCK_MS) return
    const since = performance.now()
    runningSince = since
    try {
      await compare()
    } catch (cause) {
      const ageMs = performance.now() - comparedAt
      if (ageMs > ALARM_AGE_MS && !isAlarmed) {
        isAlarmed = true
        deps.log.error('catalog is old: change numbers cannot be compared', {
          durationMs: Math.round(ageMs),
          cause: describeCause(cause),
        })
      }
    } finally {
      if (runningSince === since) runningSince = Number.NEGATIVE_INFINITY
    }
  }

  const timer = setInterval(run, deps.pollMs ?? POLL_MS)
  timer.unref()
  return { ageMs: () => performance.now() - comparedAt, close: () => clearInterval(timer) }
}

function toSnapshot(rows: CatalogRows, host: string, ring: RingCache): CreatorSnapshot {
  const { creator, resources } = rows
  return {
    creatorId: creator.id,
    shortId: creator.shortId,
    handle: creator.handle,
    host,
    name: creator.name,
    byline: creator.byline,
    about: creator.about,
    changeNumber: creator.changeNumber,
    resources,
    bySlug: new Map(resources.map((resource) => [resource.slug, resource])),
    bySlugBefore: new Map(
      rows.moved.flatMap(({ slug, resourceId }) => {
        const resource = resources.find(({ id }) => id === resourceId)
        return resource === undefined || resource.slug === slug ? [] : [[slug, resource] as const]
      }),
    ),
    services: new Map(resources.map((resource) => [resource.service, resource])),
    ring: ring.open(creator.id, rows.ringKeys),
    denied: createDenyList(rows.denials),
  }
}
