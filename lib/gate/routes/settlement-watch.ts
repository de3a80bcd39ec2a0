/** Pages that wait for a payment hear of it within a moment: a notice wakes exactly the waiters of its challenge. */
import { Fault } from '#lib/errors.ts'
import type { Notices } from '#lib/notices.ts'

export interface SettlementWatch {
  /**
   * Begins to listen for one challenge; open it before reading the row, so that nothing falls between the two.
   * Throws `Fault` `queue.full` when too many wait already.
   */
  open(creatorId: string, challengeId: string): Waiter
  close(): void
}

export interface Waiter {
  /** Ends at a notice (also one that came since the last call), after `timeoutMs`, or when `signal` aborts. */
  next(timeoutMs: number, signal: AbortSignal): Promise<void>
  close(): void
}

/** Each waiter holds a connection and a timer; above this, pages poll instead. */
const MAX_WAITERS = 5_000

/** Notices are hints and may be lost, so whoever waits also reads its row now and then. */
export function createSettlementWatch(notices: Pick<Notices, 'subscribe'>, maxWaiters = MAX_WAITERS): SettlementWatch {
  const waiting = new Map<string, Set<() => void>>()
  let count = 0
  const unsubscribe = notices.subscribe('settled', (key) => {
    for (const wake of waiting.get(key) ?? []) wake()
  })
  return {
    open(creatorId, challengeId) {
      if (count >= maxWaiters) throw new Fault('queue.full', `more than ${maxWaiters} pages wait for a payment`)
      const key = `${creatorId}/${challengeId}`
      const { wake, next } = createLatch()
      const siblings = waiting.get(key) ?? new Set()
      waiting.set(key, siblings.add(wake))
      count += 1
      return {
        next,
        close() {
          if (!siblings.delete(wake)) return
          count -= 1
          if (siblings.size === 0 && waiting.get(key) === siblings) waiting.delete(key)
        },
      }
    },
    close: unsubscribe,
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
