/** Counting a request costs a map look-up: counts gather in bounded memory and reach Postgres once a second. */
import type { Clock } from '#lib/clock.ts'
import type { Db } from '#lib/db.ts'
import { describeCause, type Log } from '#lib/log.ts'
import { addUsage, type UsageCount, type UsageKind } from './usage-store.ts'

export interface UsageBuffer {
  /** Counts one event now; never throws and never waits. */
  count(event: { creatorId: string; resourceId: string; kind: UsageKind }): void
  /** Writes what has gathered. A count is lost rather than doubled when the outcome of a write is unknown. */
  flush(): Promise<void>
  /** Stops the timer and writes the rest. */
  close(): Promise<void>
}

const FLUSH_MS = 1000
const HOUR_MS = 3_600_000
/** Resources times hours that wait at most; further ones are dropped and the log says how many. */
const MAX_KEYS = 10_000

type MutableCount = { -readonly [K in keyof UsageCount]: UsageCount[K] }
const FIELD = { view: 'views', unlock: 'unlocks', challenge: 'challenges', read: 'reads' } as const

export interface UsageBufferDeps {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
  readonly maxKeys?: number
  /** Told with every flush, before it and whether or not it succeeds: creators of whom something paid was read since the last. */
  readonly onReads?: (creatorIds: ReadonlySet<string>) => void
}

export function createUsageBuffer(deps: UsageBufferDeps): UsageBuffer {
  const maxKeys = deps.maxKeys ?? MAX_KEYS
  /** Of the present hour, by creator and resource: found without a key made for the occasion. */
  let present = new Map<string, Map<string, MutableCount>>()
  let gathered: MutableCount[] = []
  let hourMs = 0
  let dropped = 0
  let flushing: Promise<void> = Promise.resolve()

  const write = async () => {
    const counts = gathered
    if (dropped > 0) deps.log.warn('usage was not counted: too many resources at once', { count: dropped })
    dropped = 0
    if (counts.length === 0) return
    gathered = []
    present = new Map()
    deps.onReads?.(new Set(counts.filter(({ reads }) => reads > 0).map(({ creatorId }) => creatorId)))
    try {
      await addUsage(deps.db.client, counts)
    } catch (cause) {
      deps.log.warn('a second of usage was not written', { count: counts.length, cause: describeCause(cause) })
    }
  }
  const flush = () => {
    flushing = flushing.then(write)
    return flushing
  }
  const begin = (creatorId: string, resourceId: string): MutableCount | null => {
    if (gathered.length >= maxKeys) return null
    const count = { creatorId, resourceId, hour: new Date(hourMs), views: 0, unlocks: 0, challenges: 0, reads: 0 }
    gathered.push(count)
    const ofCreator = present.get(creatorId)
    if (ofCreator === undefined) present.set(creatorId, new Map([[resourceId, count]]))
    else ofCreator.set(resourceId, count)
    return count
  }
  const timer = setInterval(() => void flush(), FLUSH_MS)
  timer.unref()

  return {
    count({ creatorId, resourceId, kind }) {
      const nowMs = deps.clock.now().getTime()
      if (nowMs - hourMs >= HOUR_MS || nowMs < hourMs) {
        hourMs = Math.floor(nowMs / HOUR_MS) * HOUR_MS
        present = new Map()
      }
      const count = present.get(creatorId)?.get(resourceId) ?? begin(creatorId, resourceId)
      if (count === null) dropped += 1
      else count[FIELD[kind]] += 1
    },
    flush,
    async close() {
      clearInterval(timer)
      await flush()
    },
  }
}
