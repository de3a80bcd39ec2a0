/** What one creator's URLs may take of this process: connections at once, and new ones a minute. */
import { LRUCache } from 'lru-cache'
import { Fault } from '#lib/errors.ts'

export interface EgressLimits {
  /** Sockets open at once, for one creator and for all. */
  readonly connections: number
  readonly allConnections: number
  /** Sockets opened within a minute, for one creator; those that failed count as well. */
  readonly opensPerMinute: number
}

/** For what is fetched now and then. */
export const EGRESS_LIMITS: EgressLimits = { connections: 64, allConnections: 1_000, opensPerMinute: 600 }
/** For what paid requests are passed on to: a stream holds a socket for as long as it lasts, and a server may close each. */
export const UPSTREAM_LIMITS: EgressLimits = { connections: 1_000, allConnections: 4_000, opensPerMinute: 12_000 }

export interface EgressBudget {
  /** One socket more; call what it answers when that is closed. Answers the fault `egress.busy` when there is no room. */
  take(creatorId: string): (() => void) | Fault
}

const MINUTE_MS = 60_000
const CREATORS_KEPT = 10_000

/** `nowMs` is a clock that never goes back. */
export function createEgressBudget(limits: EgressLimits, nowMs = () => performance.now()): EgressBudget {
  /** Holds no creator without an open socket, so `allConnections` bounds it. */
  const open = new Map<string, number>()
  const opened = new LRUCache<string, { count: number }>({
    max: CREATORS_KEPT,
    ttl: MINUTE_MS,
    ttlResolution: 0,
    perf: { now: nowMs },
  })
  let all = 0

  function release(creatorId: string): void {
    const left = (open.get(creatorId) ?? 1) - 1
    if (left === 0) open.delete(creatorId)
    else open.set(creatorId, left)
    all -= 1
  }

  return {
    take(creatorId) {
      const minute = opened.get(creatorId) ?? { count: 0 }
      if (minute.count === 0) opened.set(creatorId, minute)
      if (minute.count >= limits.opensPerMinute) return busy('opens', creatorId)
      const mine = open.get(creatorId) ?? 0
      if (mine >= limits.connections) return busy('connections', creatorId)
      if (all >= limits.allConnections) return busy('all_connections', creatorId)
      minute.count += 1
      all += 1
      open.set(creatorId, mine + 1)
      let isOpen = true
      return () => {
        if (isOpen) release(creatorId)
        isOpen = false
      }
    },
  }
}

function busy(reason: string, creatorId: string): Fault {
  return new Fault('egress.busy', `a creator's budget of outgoing connections is used up: ${reason}`, {
    details: { reason, creatorId },
  })
}
