/** Work without a known end in short transactions: the same statement again until it found less than it may take. */

/** Calls `work` with `limit` until it answers less than that or `signal` aborts; answers the sum. */
export async function inBatches(
  work: (limit: number) => Promise<number>,
  { limit, signal }: { limit: number; signal: AbortSignal },
): Promise<number> {
  let total = 0
  let count = limit
  while (count >= limit && !signal.aborted) {
    count = await work(limit)
    total += count
  }
  return total
}
