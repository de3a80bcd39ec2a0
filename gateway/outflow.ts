/** Large answers share one budget of bytes in memory: a client has a part of it, and who takes free bytes leaves room for who paid. */
import { groupClient } from '#lib/gate/limits/client-address.ts'
import { createShares, type Part } from '#lib/shares.ts'

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
  const shares = createShares()
  return {
    take({ address, isPaid, bytes }) {
      const { client, network } = groupClient(address)
      const parts: Part[] = [
        [`client ${client}`, limits.client],
        [`network ${network}`, limits.network],
        ['all', limits.all],
      ]
      if (!isPaid) parts.push(['free', limits.free])
      const share = shares.take(parts, bytes)
      return share.kind === 'taken' ? share.release : null
    },
  }
}
