/** A network has some requests a month for nothing: each is taken before it is let in, and given back when it had no result. */
import { LRUCache } from 'lru-cache'
import type { Clock } from '#lib/clock.ts'
import type { Db } from '#lib/db.ts'
import { claimFreeUse, type FreeKey, returnFreeUse } from './free-use-store.ts'
import type { HeldUses } from './hold-uses.ts'

/** Networks that have used up what is free, so that a flood of theirs asks Postgres nothing. */
export type SpentNetworks = LRUCache<string, true>

/** Somewhere else one may be given back meanwhile. */
const SPENT_MS = 30_000

export function createSpentNetworks(): SpentNetworks {
  return new LRUCache({ max: 50_000, ttl: SPENT_MS })
}

export interface FreeUse {
  /** After this one. */
  readonly left: number
  readonly held: HeldUses
}

/** `null`: none is left in this month. Throws `database.unavailable`. */
export async function takeFreeUse(
  deps: { db: Db; clock: Clock; spentNetworks: SpentNetworks },
  { monthly, ...asked }: Omit<FreeKey, 'month'> & { monthly: number },
): Promise<FreeUse | null> {
  const key: FreeKey = { ...asked, month: monthOf(deps.clock.now()) }
  const name = `${key.creatorId} ${key.service} ${key.month.getTime()} ${key.network}`
  if (deps.spentNetworks.has(name)) return null
  const used = await claimFreeUse(deps.db.client, key, monthly)
  if (used === null) {
    deps.spentNetworks.set(name, true)
    return null
  }
  let isOver = false
  const end = async (work: () => Promise<void>) => {
    if (isOver) return
    isOver = true
    await work()
  }
  return {
    left: Math.max(0, monthly - used),
    held: {
      keep: () => end(async () => undefined),
      giveBack: () =>
        end(async () => {
          await returnFreeUse(deps.db.client, key).catch(() => undefined)
          deps.spentNetworks.delete(name)
        }),
    },
  }
}

export function monthOf(now: Date): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1))
}
