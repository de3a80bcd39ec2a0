/** Nothing is judged before the database was found to keep what it confirms, and to agree with this computer about the time. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Clock } from './clock.ts'
import { type DatabaseClock, openDatabaseClock } from './database-clock.ts'
import type { Db } from './db.ts'
import { assertDurable, UnfitDatabase } from './db-check.ts'
import type { Log } from './log.ts'
import { waitForDatabase } from './process.ts'

export interface TrustedDatabase {
  /** This computer's time until it was compared with the database's, corrected from then on. */
  readonly clock: Clock
  isTrusted(): boolean
  /** Resolves when it is; rejects with `UnfitDatabase` when it turns out that it never will be. */
  readonly trusted: Promise<void>
  close(): void
}

/** A database that has not said anything for this long is silent. */
const SILENT_MS = 1_000

/**
 * Answers when the database is trusted, or has kept silent for a second: then it is waited for in the background, so that
 * the process can listen and say that it cannot judge. Throws when the database refuses at once, or is unfit.
 */
export async function openTrusted(deps: { db: Db; log: Log }): Promise<TrustedDatabase> {
  let compared: DatabaseClock | null = null
  const open = async () => {
    await assertDurable(deps.db)
    compared = await openDatabaseClock(deps)
  }
  let isSilent = false
  const trusted = open().catch((cause: unknown) => {
    if (!isSilent || cause instanceof UnfitDatabase) throw cause
    return waitForDatabase(deps.log, open)
  })
  await Promise.race([trusted, pause(SILENT_MS, undefined, { ref: false })])
  isSilent = true
  return {
    clock: { now: () => compared?.now() ?? new Date() },
    isTrusted: () => compared !== null,
    trusted,
    close: () => compared?.close(),
  }
}
