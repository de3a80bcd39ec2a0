/** Frames that cost their sender nothing and us something are bounded for each connection. */

export interface FloodLimits {
  readonly ratePerSecond: number
  readonly burst: number
}

export interface FloodGuard {
  /** Whether there was as much left as this costs. */
  spend(cost: number, nowMs: number): boolean
  /** Work that was done for this connection allows its client as much again: it measures the way by pings, one for each round trip. */
  credit(cost: number): void
}

/** What a client may do without an answer from us, in the cost of one ping. */
export const COSTS = { ping: 1, settings: 5, canceled: 10 } as const

/** 2,000 pings, or 200 calls that are given up before their answer, and a hundredth of that each tenth of a second. */
const LIMITS: FloodLimits = { ratePerSecond: 200, burst: 2_000 }

export function createFloodGuard({ ratePerSecond, burst }: FloodLimits = LIMITS): FloodGuard {
  let left = burst
  let at: number | null = null
  return {
    spend(cost, nowMs) {
      left = Math.min(burst, left + ((nowMs - (at ?? nowMs)) * ratePerSecond) / 1_000)
      at = nowMs
      left -= cost
      return left >= 0
    },
    credit(cost) {
      left = Math.min(burst, left + cost)
    },
  }
}
