/** What comes while a batch is worked on becomes the next batch: one at a time, larger the more there is to do. */

export interface Batches<T> {
  /** Adds an item; resolves when there is room for another. */
  add(item: T): Promise<void>
  /** Waits until everything was worked on; throws the first failure, after which nothing more was begun. */
  finish(): Promise<void>
}

export function createBatches<T>(options: {
  /** Items of one batch, and items that wait, at most. */
  readonly limit: number
  readonly work: (batch: readonly T[]) => Promise<void>
  /** Called once. */
  readonly onFailure: () => void
}): Batches<T> {
  let waiting: T[] = []
  let failure: { cause: unknown } | null = null
  let running: Promise<void> | null = null

  const run = async () => {
    while (waiting.length > 0 && failure === null) {
      const batch = waiting
      waiting = []
      try {
        await options.work(batch)
      } catch (cause) {
        failure = { cause }
        options.onFailure()
      }
    }
    running = null
  }

  return {
    async add(item) {
      if (failure !== null) return
      waiting.push(item)
      // One turn of the event loop later, so that items that are there at once form one batch.
      running ??= Promise.resolve().then(run)
      if (waiting.length >= options.limit) await running
    },
    async finish() {
      await running
      if (failure !== null) throw failure.cause
    },
  }
}
