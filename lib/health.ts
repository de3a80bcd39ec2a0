/** Which parts are down, found out apart from every request: an answer is a look into memory, so nobody can ask too often. */
import { setTimeout as pause } from 'node:timers/promises'
import { describeCause, type Log } from './log.ts'

type Part = 'database' | 'node' | 'workers' | 'gateway'

export interface Health {
  /** By name alone: what is wrong with them stands in the log. */
  down(): readonly Part[]
  close(): void
}

export interface HealthOptions {
  readonly log: Log
  /** Throws when its part is down. */
  readonly checks: Partial<Readonly<Record<Part, () => Promise<void>>>>
  readonly everyMs?: number
  /** A part that says nothing for this long is down. */
  readonly silentMs?: number
}

const EVERY_MS = 1_000
const SILENT_MS = 3_000

/** One look at a time at each part, so one that hangs is asked once and not every second. */
export function watchHealth({ log, checks, everyMs = EVERY_MS, silentMs = SILENT_MS }: HealthOptions): Health {
  const down = new Set<Part>()
  const parts = Object.entries(checks) as [Part, () => Promise<void>][]
  const note = (part: Part, cause: unknown) => {
    const isDown = cause !== null
    if (isDown === down.has(part)) return
    if (isDown) down.add(part)
    else down.delete(part)
    if (isDown) log.warn('a part is down', { reason: part, cause: describeCause(cause) })
    else log.info('a part is back', { reason: part })
  }
  const looking = new Set<Part>()
  const look = async (part: Part, check: () => Promise<void>) => {
    if (looking.has(part)) return
    looking.add(part)
    const ending = new AbortController()
    const { signal } = ending
    const silent = pause(silentMs, null, { ref: false, signal }).then(
      () => note(part, new TypeError('silent')),
      () => undefined,
    )
    const checked = check().then(
      () => note(part, null),
      (cause: unknown) => note(part, cause ?? new TypeError('unknown')),
    )
    await Promise.race([checked, silent])
    await checked.finally(() => ending.abort())
    looking.delete(part)
  }
  const lookAll = () => {
    for (const [part, check] of parts) void look(part, check)
  }
  const timer = setInterval(lookAll, everyMs)
  timer.unref()
  lookAll()
  return {
    down: () => parts.map(([part]) => part).filter((part) => down.has(part)),
    close: () => clearInterval(timer),
  }
}
