/** Large answers share one budget of bytes in memory: a client has a part of it, and who takes free bytes leaves room for who paid. */
import { groupClient } from '#lib/gate/limits/client-address.ts'

export interface OutflowLimits {
  readonly all: number
  /** Of `all`, for answers that nobody paid for. */
  readonly free: number
  readonly client: number
  readonly network: number
}

/** An answer that is about to leave. `bytes`: the most that it keeps in memory while its client reads. */
interface Leaving {
  readonly address: string | null
  readonly isPaid: boolean
  readonly bytes: number
}

export interface Outflow {
  /** Takes room for one answer and says how to give it back, which may be done twice; `null`: there is none now. */
  take(leaving: Leaving): (() => void) | null
}

const MB = 1024 * 1024
const LIMITS: OutflowLimits = { all: 128 * MB, free: 96 * MB, client: 16 * MB, network: 48 * MB }

/** An answer larger than one client's part still leaves, alone. */
export function createOutflow(limits: OutflowLimits = LIMITS): Outflow {
  const held = new Map<string, number>()
  return {
    take({ address, isPaid, bytes }) {
      const { client, network } = groupClient(address)
      const parts: (readonly [key: string, limit: number])[] = [
        [`client ${client}`, limits.client],
        [`network ${network}`, limits.network],
        ['all', limits.all],
      ]
      if (!isPaid) parts.push(['free', limits.free])
      const isFull = parts.some(([key, limit]) => {
        const before = held.get(key) ?? 0
        return before > 0 && before + bytes > limit
      })
      if (isFull) return null
      for (const [key] of parts) add(held, key, bytes)
      let isTaken = true
      return () => {
        if (isTaken) for (const [key] of parts) add(held, key, -bytes)
        isTaken = false
      }
    },
  }
}

function add(held: Map<string, number>, key: string, bytes: number): void {
  const sum = (held.get(key) ?? 0) + bytes
  if (sum === 0) held.delete(key)
  else held.set(key, sum)
}
