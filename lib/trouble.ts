/** Trouble that comes at every try is told when it begins, once more when it lasts, and when it is over. */
import { setTimeout as pause } from 'node:timers/promises'
import { describeCause, type Log, type LogFields } from './log.ts'

interface TroubleOptions {
  /** The sentences for the log. */
  readonly begun: string
  readonly over: string
  /** Told as an error when the trouble has lasted for half a minute. */
  readonly lasting?: string
}

export interface Trouble {
  report(cause: unknown, fields?: LogFields): void
  /** Reports, then waits: longer after each failure in a row, up to five seconds. Ends early when `signal` aborts. */
  wait(cause: unknown, signal?: AbortSignal): Promise<void>
  /** What was tried has worked. */
  end(): void
}

const LASTING_MS = 30_000
const BACKOFF_FIRST_MS = 200
const BACKOFF_LAST_MS = 5_000

export function createTrouble(log: Log, options: TroubleOptions): Trouble {
  let since: number | null = null
  let isAlarmed = false
  let backoffMs = BACKOFF_FIRST_MS

  function report(cause: unknown, fields: LogFields = {}): void {
    const now = performance.now()
    if (since === null) log.warn(options.begun, { ...fields, cause: describeCause(cause) })
    since ??= now
    if (options.lasting === undefined || isAlarmed || now - since < LASTING_MS) return
    isAlarmed = true
    log.error(options.lasting, { ...fields, cause: describeCause(cause), durationMs: Math.round(now - since) })
  }

  return {
    report,
    async wait(cause, signal) {
      report(cause)
      await pause(backoffMs, undefined, { signal }).catch(() => undefined)
      backoffMs = Math.min(BACKOFF_LAST_MS, backoffMs * 2)
    },
    end() {
      if (since !== null) log.info(options.over, { durationMs: Math.round(performance.now() - since) })
      since = null
      isAlarmed = false
      backoffMs = BACKOFF_FIRST_MS
    },
  }
}
