/** A bounded number of tasks side by side; the first failure stops the whole and is told at the end. */

export interface Lanes {
  /** Resolves when a further task may begin. */
  free(): Promise<void>
  /** Begins a task; its failure calls `onFailure` once and is thrown by `finish`. */
  start(task: () => Promise<void>): void
  /** Waits for every task; throws the first failure. */
  finish(): Promise<void>
}

export function createLanes(limit: number, onFailure: () => void): Lanes {
  const running = new Set<Promise<void>>()
  const failures: unknown[] = []
  return {
    async free() {
      while (running.size >= limit) await Promise.race(running)
    },
    start(task) {
      const promise = task().catch((cause: unknown) => {
        failures.push(cause)
        if (failures.length === 1) onFailure()
      })
      const tracked = promise.finally(() => running.delete(tracked))
      running.add(tracked)
    },
    async finish() {
      await Promise.all(running)
      if (failures.length > 0) throw failures[0]
    },
  }
}
