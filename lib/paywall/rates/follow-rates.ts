/** The rates of now in memory, read again every few seconds: no request waits for them, and what is too old is gone. */
import type { Clock } from '#lib/clock.ts'
import type { Db } from '#lib/db.ts'
import { describeCause, type Log } from '#lib/log.ts'
import type { Rate } from './rate.ts'
import { listRates } from './rate-store.ts'

/** By currency; another object whenever one of them is another. */
export type RateTable = ReadonlyMap<string, Rate>

export interface RateFollower {
  /** None of them is older than it may be. */
  present(): RateTable
  /** Reads once, now. Never rejects: with Postgres silent what is known grows old. */
  read(): Promise<void>
  close(): Promise<void>
}

const BEAT_MS = 5_000

export function followRates(deps: {
  db: Db
  log: Log
  clock: Clock
  maxAgeSeconds: number
  beatMs?: number
}): RateFollower {
  const { db, log, clock, maxAgeSeconds, beatMs = BEAT_MS } = deps
  let table: RateTable = new Map()
  /** When the oldest of the table is too old. */
  let endsAt = Number.POSITIVE_INFINITY
  let isSilent = false
  let running: Promise<void> | null = null

  const oldest = () => clock.now().getTime() - maxAgeSeconds * 1000
  const keep = (rates: readonly Rate[]) => {
    table = new Map(rates.map((rate) => [rate.currency, rate]))
    endsAt = Math.min(...rates.map(({ takenAt }) => takenAt.getTime() + maxAgeSeconds * 1000))
  }
  const beat = async () => {
    try {
      const rates = await listRates(db.client, new Date(oldest()))
      if (!isSame(table, rates)) keep(rates)
      isSilent = false
    } catch (cause) {
      if (!isSilent) log.warn('rates are not read: those that are known grow old', { cause: describeCause(cause) })
      isSilent = true
    }
  }
  const read = () => {
    running ??= beat().finally(() => {
      running = null
    })
    return running
  }
  const timer = setInterval(() => void read(), beatMs)
  timer.unref()
  return {
    read,
    present() {
      if (clock.now().getTime() >= endsAt)
        keep([...table.values()].filter(({ takenAt }) => takenAt.getTime() > oldest()))
      return table
    },
    async close() {
      clearInterval(timer)
      await running
    },
  }
}

function isSame(table: RateTable, rates: readonly Rate[]): boolean {
  const known = (rate: Rate) => table.get(rate.currency)?.takenAt.getTime() === rate.takenAt.getTime()
  return table.size === rates.length && rates.every(known)
}
