/** What is counted by day gathers in bounded memory and reaches Postgres every two seconds; a request pays for a look-up in a map. */
import type { Clock } from '#lib/clock.ts'
import { describeCause, type Log } from '#lib/log.ts'

export interface DayBuffer<E> {
  /** Counts one event now; never throws and never waits. */
  count(event: E): void
  /** Writes what has gathered. It is lost rather than doubled when the outcome of a write is unknown. */
  flush(): Promise<void>
  /** Stops the timer and writes the rest. */
  close(): Promise<void>
}

/** What is counted, and how. `R` is one row. */
export interface DayBufferOptions<E, R> {
  readonly clock: Clock
  readonly log: Log
  /** For the log: what was lost, should that happen. */
  readonly what: string
  /** The row of the day that this event belongs to. */
  readonly nameOf: (event: E) => string
  readonly begin: (event: E, day: Date) => R
  readonly add: (row: R, event: E) => void
  readonly write: (rows: readonly R[]) => Promise<void>
  readonly maxRows?: number
}

const FLUSH_MS = 2_000
const DAY_MS = 86_400_000
/** Rows that wait at most; events beyond them are dropped, and the log says how many. */
const MAX_ROWS = 10_000

export function createDayBuffer<E, R>(options: DayBufferOptions<E, R>): DayBuffer<E> {
  const { clock, log, what, nameOf, begin, add, maxRows = MAX_ROWS } = options
  let rows = new Map<string, R>()
  let day = new Date(0)
  let gathered: R[] = []
  let dropped = 0
  let flushing: Promise<void> = Promise.resolve()

  const write = async () => {
    if (dropped > 0) log.warn(`${what} were not counted: too many at once`, { count: dropped })
    dropped = 0
    if (gathered.length === 0) return
    const written = gathered
    gathered = []
    rows = new Map()
    try {
      await options.write(written)
    } catch (cause) {
      log.warn(`${what} were not written`, { count: written.length, cause: describeCause(cause) })
    }
  }
  const flush = () => {
    flushing = flushing.then(write)
    return flushing
  }
  const timer = setInterval(() => void flush(), FLUSH_MS)
  timer.unref()

  const beginRow = (event: E, name: string): R | null => {
    if (gathered.length >= maxRows) return null
    const row = begin(event, day)
    gathered.push(row)
    rows.set(name, row)
    return row
  }

  return {
    count(event) {
      const nowMs = clock.now().getTime()
      if (nowMs - day.getTime() >= DAY_MS || nowMs < day.getTime()) {
        day = new Date(Math.floor(nowMs / DAY_MS) * DAY_MS)
        rows = new Map()
      }
      const name = nameOf(event)
      const row = rows.get(name) ?? beginRow(event, name)
      if (row === null) dropped += 1
      else add(row, event)
    },
    flush,
    async close() {
      clearInterval(timer)
      await flush()
    },
  }
}
