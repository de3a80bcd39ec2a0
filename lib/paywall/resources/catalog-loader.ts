/** Loads creators in bulk: whoever waits meanwhile goes into the next batch, and only so many batches are under way. */
import { Fault } from '#lib/errors.ts'

export interface CatalogLoader<T> {
  /** Loaded now, for callers who wait: what `loadAll` found for this host. Throws what it threw, or that too many wait. */
  load(host: string): Promise<T>
  /** Loaded when nobody waits. */
  renew(hosts: Iterable<string>): void
  /** Since when the oldest of those to be renewed waits, on the monotonic clock; `null`: none does. */
  renewingSince(): number | null
}

const BATCHES_AT_ONCE = 2
const BATCH_HOSTS = 100
/** Any more who ask at once are told that we are in trouble, instead of waiting behind one another. */
const MAX_WAITING = 5_000

/** What was found at each host that was asked for, or why it could not be loaded. */
export type Loaded<T> = ReadonlyMap<string, PromiseSettledResult<T>>

type Waiting<T> = PromiseWithResolvers<T>

/** What throws in `loadAll` fails for all hosts of the batch. Those to be renewed that failed come again with a later batch, at the latest with the next `renew`. */
export function createCatalogLoader<T>(loadAll: (hosts: readonly string[]) => Promise<Loaded<T>>): CatalogLoader<T> {
  const waiting = new Map<string, Waiting<T>>()
  const renewing = new Map<string, number>()
  /** In a batch under way: a host is never read twice at once, so an older snapshot cannot replace a younger one. */
  const busy = new Set<string>()
  let underWay = 0

  const pump = (isRenewing: boolean) => {
    while (underWay < BATCHES_AT_ONCE) {
      const asked = takeFrom(waiting, busy, BATCH_HOSTS)
      const renewed = isRenewing ? takeFrom(renewing, busy, BATCH_HOSTS - asked.length) : []
      if (asked.length + renewed.length === 0) return
      void run(asked, renewed)
    }
  }

  const run = async (asked: readonly [string, Waiting<T>][], renewed: readonly [string, number][]) => {
    const hosts = [...asked, ...renewed].map(([host]) => host)
    underWay += 1
    const loaded = await settle(loadAll(hosts), hosts)
    underWay -= 1
    for (const host of hosts) busy.delete(host)
    for (const [host, { resolve, reject }] of asked) {
      const outcome = loaded.get(host)
      if (outcome?.status === 'fulfilled') resolve(outcome.value)
      else reject(outcome?.reason)
    }
    const failed = renewed.filter(([host]) => loaded.get(host)?.status !== 'fulfilled')
    for (const [host, since] of failed) renewing.set(host, Math.min(since, renewing.get(host) ?? since))
    pump(failed.length === 0)
  }

  return {
    load(host) {
      const known = waiting.get(host)
      if (known !== undefined) return known.promise
      if (waiting.size >= MAX_WAITING) return Promise.reject(tooMany())
      const entry = Promise.withResolvers<T>()
      waiting.set(host, entry)
      pump(false)
      return entry.promise
    },
    renew(hosts) {
      const now = performance.now()
      for (const host of hosts) if (!renewing.has(host)) renewing.set(host, now)
      pump(true)
    },
    renewingSince: () => renewing.values().next().value ?? null,
  }
}

/** The first that are not in a batch already; from here on they are. */
function takeFrom<V>(queue: Map<string, V>, busy: Set<string>, limit: number): [string, V][] {
  const taken: [string, V][] = []
  for (const [host, value] of queue) {
    if (taken.length >= limit) break
    if (busy.has(host)) continue
    busy.add(host)
    queue.delete(host)
    taken.push([host, value])
  }
  return taken
}

async function settle<T>(loading: Promise<Loaded<T>>, hosts: readonly string[]): Promise<Loaded<T>> {
  try {
    return await loading
  } catch (reason) {
    return new Map(hosts.map((host) => [host, { status: 'rejected', reason }]))
  }
}

function tooMany(): Fault {
  return new Fault('database.unavailable', `more than ${MAX_WAITING} creators are asked for at once`)
}
