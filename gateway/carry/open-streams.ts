/** Answers that are under way end when the right to them does, within two seconds (reliability.md T33). */

export interface OpenStreams {
  /** Calls `end` once as soon as `stands` says no; the answer stops that. */
  watch(stream: { readonly stands: () => boolean; readonly end: () => void }): () => void
  close(): void
}

const EVERY_MS = 1_000

/** One clock for all of them: most answers are over before it strikes. */
export function createOpenStreams(everyMs = EVERY_MS): OpenStreams {
  const open = new Set<Parameters<OpenStreams['watch']>[0]>()
  const timer = setInterval(() => {
    for (const stream of open) {
      if (stream.stands()) continue
      open.delete(stream)
      stream.end()
    }
  }, everyMs)
  timer.unref()
  return {
    watch(stream) {
      open.add(stream)
      return () => void open.delete(stream)
    },
    close: () => clearInterval(timer),
  }
}
