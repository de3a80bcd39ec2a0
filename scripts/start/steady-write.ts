/** Keeps a file about this copy as it should be, as soon as the disk has room for it. */

const AGAIN_MS = 1_000

/** Answers a function that runs `write` now, and again every second until it no longer throws. */
export function createSteadyWrite(write: () => void): () => void {
  let timer: NodeJS.Timeout | null = null
  return function writeNow() {
    if (timer !== null) clearTimeout(timer)
    timer = null
    try {
      write()
    } catch {
      timer = setTimeout(writeNow, AGAIN_MS).unref()
    }
  }
}
