/** Work whose time grows with what there is never takes more than a share of the time, whatever its schedule says. */

/** Less than this is not worth a rest. */
const SHORT_MS = 2_000
const REST_PER_WORK = 4

/** The same work, which does nothing for four times as long as it last took, when that was long. */
export function rested<A extends unknown[]>(work: (...args: A) => Promise<unknown>): (...args: A) => Promise<unknown> {
  let restsUntil = 0
  return async (...args) => {
    const begunAt = performance.now()
    if (begunAt < restsUntil) return
    try {
      return await work(...args)
    } finally {
      const tookMs = performance.now() - begunAt
      if (tookMs > SHORT_MS) restsUntil = begunAt + tookMs * (1 + REST_PER_WORK)
    }
  }
}
