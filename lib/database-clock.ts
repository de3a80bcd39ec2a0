/** This process's clock, corrected to the database's, so that no two processes disagree about an expiry. */
import { type Clock, systemClock } from './clock.ts'
import type { Db } from './db.ts'
import { UnfitDatabase } from './db-check.ts'
import { describeCause, type Log } from './log.ts'

export interface DatabaseClock extends Clock {
  /** What was last measured: the database's clock minus ours, in milliseconds. */
  offsetMs(): number
  close(): void
}

const LIMIT_MS = 2_000
const EVERY_MS = 10_000
const SAMPLES = 3

/**
 * Measures once and then every ten seconds; with the database down the last offset goes on (reliability.md §4.12).
 * Throws `UnfitDatabase` when the clocks are more than two seconds apart: no start with a wrong clock.
 * When they drift apart later, an error is logged at each measurement.
 */
export async function openDatabaseClock(deps: {
  db: Pick<Db, 'client'>
  log: Log
  source?: Clock
}): Promise<DatabaseClock> {
  const source = deps.source ?? systemClock
  let offsetMs = await measureOffsetMs(deps.db, source)
  if (Math.abs(offsetMs) > LIMIT_MS) {
    throw new UnfitDatabase(
      `this computer's clock is ${Math.round(offsetMs)} ms away from the database's; set it and start again`,
    )
  }
  const measure = async () => {
    try {
      offsetMs = await measureOffsetMs(deps.db, source)
      if (Math.abs(offsetMs) > LIMIT_MS)
        deps.log.error('clock is away from the database', { durationMs: Math.round(offsetMs) })
    } catch (cause) {
      deps.log.debug('clock not compared', { cause: describeCause(cause) })
    }
  }
  const timer = setInterval(measure, EVERY_MS)
  timer.unref()
  return {
    now: () => new Date(source.now().getTime() + offsetMs),
    offsetMs: () => offsetMs,
    close: () => clearInterval(timer),
  }
}

/** Database clock minus ours, from the quickest of a few questions: half its round trip is the most it can be wrong. */
async function measureOffsetMs(db: Pick<Db, 'client'>, source: Clock = systemClock): Promise<number> {
  let best = { roundTripMs: Number.POSITIVE_INFINITY, offsetMs: 0 }
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const started = performance.now()
    const before = source.now().getTime()
    const [row] = await db.client.$queryRaw<
      { ms: number }[]
    >`select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms`
    const roundTripMs = performance.now() - started
    if (row !== undefined && roundTripMs < best.roundTripMs) {
      best = { roundTripMs, offsetMs: row.ms - (before + roundTripMs / 2) }
    }
  }
  return best.offsetMs
}
