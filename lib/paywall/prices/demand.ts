/** How often a service was asked for or used within the last minute, by this gateway and by the others: memory alone, counted in passing. */
import { LRUCache } from 'lru-cache'
import type { Clock } from '#lib/clock.ts'

export interface ServiceDemand {
  readonly creatorId: string
  readonly service: string
  readonly perMinute: number
}

export interface Demand {
  /** One request, paid or asking for the price. */
  count(key: { creatorId: string; service: string }): void
  /** Of all gateways; what the others have is as old as their last word. */
  perMinute(service: string): number
  /** What this gateway alone has counted, of services that were asked for within two minutes. */
  own(): readonly ServiceDemand[]
  /** What the others have counted together, in place of what they had before. */
  setOthers(counts: ReadonlyMap<string, number>): void
}

interface Counted {
  readonly creatorId: string
  minute: number
  present: number
  before: number
}

const MINUTE_MS = 60_000
/** Those that rise are few: a seller sets it for a rule. */
const MAX_SERVICES = 10_000

export function createDemand(clock: Clock): Demand {
  const counted = new LRUCache<string, Counted>({ max: MAX_SERVICES })
  let others: ReadonlyMap<string, number> = new Map()
  const minuteNow = () => clock.now().getTime() / MINUTE_MS

  function turn(count: Counted, minute: number): void {
    if (count.minute === minute) return
    count.before = count.minute === minute - 1 ? count.present : 0
    count.present = 0
    count.minute = minute
  }

  /** This minute, and of the one before as much as still lies within sixty seconds. */
  function perMinuteOf(count: Counted | undefined, now: number): number {
    if (count === undefined) return 0
    turn(count, Math.floor(now))
    return count.present + count.before * (1 - (now - Math.floor(now)))
  }

  return {
    count({ creatorId, service }) {
      const minute = Math.floor(minuteNow())
      const count = counted.get(service) ?? { creatorId, minute, present: 0, before: 0 }
      turn(count, minute)
      count.present += 1
      counted.set(service, count)
    },
    perMinute: (service) => perMinuteOf(counted.get(service), minuteNow()) + (others.get(service) ?? 0),
    own() {
      const now = minuteNow()
      return [...counted.entries()].flatMap(([service, count]) => {
        const perMinute = perMinuteOf(count, now)
        if (perMinute === 0) counted.delete(service)
        return perMinute === 0 ? [] : [{ creatorId: count.creatorId, service, perMinute }]
      })
    },
    setOthers(counts) {
      others = counts
    },
  }
}
