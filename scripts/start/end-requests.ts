/** Ctrl-C and its relatives ask for the end: the first for an orderly one, a second one a little later for everything at once. */

/** npm passes on a Ctrl-C that the terminal has already sent to everybody: what follows this soon asks for the same. */
const SAME_REQUEST_MS = 800
const PARENT_POLL_MS = 500

interface EndRequests {
  /** Aborted when an end was asked for; `reason` is how. */
  readonly signal: AbortSignal
  /** Calls `onFirst` once; `onAgain` when somebody insists. */
  listen(onFirst: (how: string) => void, onAgain: () => void): void
}

export function createEndRequests(): EndRequests {
  const controller = new AbortController()
  return {
    signal: controller.signal,
    listen(onFirst, onAgain) {
      let askedAt: number | null = null
      const ask = (how: string) => {
        if (askedAt !== null) {
          if (performance.now() - askedAt > SAME_REQUEST_MS) onAgain()
          return
        }
        askedAt = performance.now()
        controller.abort()
        onFirst(how)
      }
      process.on('SIGINT', () => ask('Ctrl-C'))
      for (const name of ['SIGTERM', 'SIGHUP'] as const) process.on(name, () => ask(name))
      watchParent(() => ask('npm is gone'))
    },
  }
}

/** Started by `npm start`, we end with it: a killed npm passes nothing on. */
function watchParent(onGone: () => void): void {
  if (process.env.npm_lifecycle_event === undefined || process.platform === 'win32') return
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    onGone()
  }, PARENT_POLL_MS)
  timer.unref()
}
