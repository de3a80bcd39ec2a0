/** Pages that wait for a payment hear of it within a moment: a notice wakes exactly the waiters of its challenge. */
import { Fault } from '#lib/errors.ts'
import { groupClient } from '#lib/gate/limits/client-address.ts'
import type { Notices } from '#lib/notices.ts'
import type { ChallengeProgress } from '#lib/paywall/challenges/challenge.ts'
import { createShares, type Part } from '#lib/shares.ts'

export interface SettlementWatch {
  /**
   * Begins to listen for one challenge. Throws `Fault` when too many wait already: `limit.rate` when this challenge, client
   * or network has its part, `queue.full` when this creator or everybody together has.
   */
  open(creatorId: string, challengeId: string, address?: string | null): Waiter
  close(): void
}

export interface Waiter {
  /** Ends at a change (also one that came since the last call), after `timeoutMs`, or when `signal` aborts. */
  next(timeoutMs: number, signal: AbortSignal): Promise<void>
  /** What was last read of the row since this challenge is waited for; `null`: nothing yet. */
  latest(): ChallengeProgress | null
  close(): void
}

interface WatchLimits {
  readonly challenge: number
  readonly client: number
  readonly network: number
  readonly creator: number
  readonly all: number
}

export interface WatchOptions {
  readonly notices: Pick<Notices, 'subscribe'>
  /** The rows of these challenges, as far as there are any. */
  readonly list: (keys: readonly ChallengeKey[]) => Promise<readonly ChallengeProgress[]>
  readonly limits?: WatchLimits
  readonly pollMs?: number
}

export interface ChallengeKey {
  readonly creatorId: string
  readonly challengeId: string
}

/** Each waiter holds a connection and a timer; above this, pages ask again by themselves. */
const LIMITS: WatchLimits = { challenge: 16, client: 100, network: 500, creator: 2_500, all: 5_000 }
/** Notices are hints and may be lost, so what is waited for is also read this often, all of it by one query in a thousand rows. */
const POLL_MS = 2_000
const PAGE = 1_000

/** All who wait for one challenge. */
interface Room extends ChallengeKey {
  readonly wakes: Set<() => void>
  latest: ChallengeProgress | null
}

export function createSettlementWatch(options: WatchOptions): SettlementWatch {
  const limits = options.limits ?? LIMITS
  const rooms = new Map<string, Room>()
  const shares = createShares()
  const look = createReader(options.list, rooms)
  const unsubscribe = options.notices.subscribe('settled', (key) => {
    const room = rooms.get(key)
    if (room !== undefined) void look([room], { isNoticed: true })
  })
  let isPolling = false
  const poll = async () => {
    if (isPolling || rooms.size === 0) return
    isPolling = true
    const waiting = [...rooms.values()]
    for (let at = 0; at < waiting.length; at += PAGE) await look(waiting.slice(at, at + PAGE), { isNoticed: false })
    isPolling = false
  }
  const timer = setInterval(poll, options.pollMs ?? POLL_MS)
  timer.unref()
  return {
    open(creatorId, challengeId, address = null) {
      const key = keyOf({ creatorId, challengeId })
      const share = shares.take(partsOf(limits, { creatorId, key, address }))
      if (share.kind === 'full') throw tooMany(share.key)
      const { wake, next } = createLatch()
      const room = rooms.get(key) ?? { creatorId, challengeId, wakes: new Set(), latest: null }
      rooms.set(key, room)
      room.wakes.add(wake)
      return {
        next,
        latest: () => room.latest,
        close() {
          if (!room.wakes.delete(wake)) return
          share.release()
          if (room.wakes.size === 0) rooms.delete(key)
        },
      }
    },
    close() {
      clearInterval(timer)
      unsubscribe()
    },
  }
}

function keyOf({ creatorId, challengeId }: ChallengeKey): string {
  return `${creatorId}/${challengeId}`
}

function partsOf(limits: WatchLimits, who: { creatorId: string; key: string; address: string | null }): Part[] {
  const { client, network } = groupClient(who.address)
  return [
    [`challenge ${who.key}`, limits.challenge],
    [`client ${client}`, limits.client],
    [`network ${network}`, limits.network],
    [`creator ${who.creatorId}`, limits.creator],
    ['all', limits.all],
  ]
}

function tooMany(part: string): Fault {
  const isShared = part === 'all' || part.startsWith('creator ')
  return new Fault(isShared ? 'queue.full' : 'limit.rate', `too many pages wait for a payment: ${part.split(' ')[0]}`)
}

/** Reads rows and wakes who waits for one that changed, or was said to. Postgres may be away for a while: who waits goes on waiting. */
function createReader(list: WatchOptions['list'], rooms: ReadonlyMap<string, Room>) {
  return async (asked: readonly Room[], { isNoticed }: { isNoticed: boolean }): Promise<void> => {
    const rows = await list(asked).catch(() => [])
    const changed = new Set(isNoticed ? asked : [])
    for (const row of rows) {
      const room = rooms.get(keyOf(row))
      if (room === undefined) continue
      if (room.latest?.state !== row.state) changed.add(room)
      room.latest = row
    }
    for (const { wakes } of changed) for (const wake of wakes) wake()
  }
}

/** `wake` ends the present `next`, or the coming one when nobody waits. */
function createLatch(): { wake: () => void; next: Waiter['next'] } {
  let woken = false
  let release: (() => void) | null = null
  return {
    wake() {
      woken = true
      release?.()
    },
    next(timeoutMs, signal) {
      return new Promise((resolve) => {
        const end = () => {
          clearTimeout(timer)
          signal.removeEventListener('abort', end)
          release = null
          woken = false
          resolve()
        }
        const timer = setTimeout(end, timeoutMs)
        release = end
        signal.addEventListener('abort', end, { once: true })
        if (woken || signal.aborted) end()
      })
    },
  }
}
