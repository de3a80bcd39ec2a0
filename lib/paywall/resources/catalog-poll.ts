/** Follows what changes, a look a second: one short question whatever the number of creators, and no change is missed. */
import type { Db } from '#lib/db.ts'
import { describeCause, type Log } from '#lib/log.ts'
import { type Changes, listChanges } from './catalog-store.ts'

export interface CatalogPollDeps {
  readonly db: Db
  readonly log: Log
  readonly pollMs: number
  /** Takes in what changed; throws when it could not, and is then told again. */
  readonly onChanged: (changed: Changes['changed']) => Promise<void>
  /** Nothing that was known holds for sure any more: this is another database, or an earlier state of it. */
  readonly onOtherDatabase: () => void
  /** How long the oldest of those waits that changed and were not read anew yet. */
  readonly renewalAgeMs: () => number
}

export interface CatalogPoll {
  /** Something was read as of this transaction: changes since then are told, also those that were told before. */
  note(asOf: bigint): void
  /** Milliseconds since a look succeeded. */
  ageMs(): number
  close(): void
}

const STUCK_MS = 1_500
const ALARM_AGE_MS = 30_000
/** Later than every transaction: nothing is known yet, so nothing can have changed. */
const NEVER = 2n ** 63n - 1n

/**
 * Each look asks from where the look before could be sure of, or from what was read since then, whichever is older. A
 * transaction that became visible late has a number from there on, so its creator is told by a later look.
 */
export function startCatalogPoll(deps: CatalogPollDeps): CatalogPoll {
  let from = NEVER
  let noted = NEVER
  let place: string | null = null
  let comparedAt = performance.now()
  let isAlarmed = false
  let current: { readonly from: bigint; readonly since: number } | null = null

  const look = async (): Promise<void> => {
    // One on a connection that went silent must not keep the next from using another, which then asks for its share too.
    const mine = { from: lowest(from, noted, current?.from ?? NEVER), since: performance.now() }
    noted = NEVER
    current = mine
    try {
      const changes = await listChanges(deps.db.client, mine.from)
      const isOther = place !== null && place !== changes.place
      place = changes.place
      if (isOther) deps.onOtherDatabase()
      await deps.onChanged(changes.changed)
      comparedAt = Math.max(comparedAt, mine.since)
      alarm(null)
      if (current !== mine) return
      from = changes.next
    } catch (cause) {
      if (current === mine) noted = lowest(noted, mine.from)
      alarm(cause)
    } finally {
      if (current === mine) current = null
    }
  }

  const alarm = (cause: unknown) => {
    const ageMs = Math.max(deps.renewalAgeMs(), performance.now() - comparedAt)
    if (isAlarmed && ageMs <= ALARM_AGE_MS) isAlarmed = false
    if (isAlarmed || ageMs <= ALARM_AGE_MS) return
    isAlarmed = true
    deps.log.error('catalog is old: changes cannot be read', {
      durationMs: Math.round(ageMs),
      cause: describeCause(cause),
    })
  }

  const timer = setInterval(() => {
    if (current === null || performance.now() - current.since >= STUCK_MS) void look()
  }, deps.pollMs)
  timer.unref()
  return {
    note: (asOf) => {
      noted = lowest(noted, asOf)
    },
    ageMs: () => performance.now() - comparedAt,
    close: () => clearInterval(timer),
  }
}

/** `Math.min` knows no bigint. */
function lowest(...numbers: readonly bigint[]): bigint {
  let least = NEVER
  for (const number of numbers) if (number < least) least = number
  return least
}
