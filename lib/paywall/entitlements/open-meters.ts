/** A process does not end before what its answers used is written, unless Postgres is silent. */
import { setTimeout as pause } from 'node:timers/promises'

export interface OpenMeters {
  /** Answers `work` itself. */
  track(work: Promise<void>): Promise<void>
  /** Resolves when all that was tracked has ended, after two seconds in any case: leases end by themselves. */
  close(): Promise<void>
}

const CLOSE_MS = 2_000

export function createOpenMeters(): OpenMeters {
  const open = new Set<Promise<void>>()
  return {
    track(work) {
      open.add(work)
      return work.finally(() => open.delete(work))
    },
    async close() {
      await Promise.race([Promise.allSettled(open), pause(CLOSE_MS, undefined, { ref: false })])
    },
  }
}
