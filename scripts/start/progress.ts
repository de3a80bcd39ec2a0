/** One line on the terminal for each step of the start, with the time it took. */

const TITLE_WIDTH = 11

/** "0.3 s", "12.0 s", "84 s". */
export function formatSeconds(durationMs: number): string {
  const seconds = durationMs / 1000
  return `${seconds < 60 ? seconds.toFixed(1) : Math.round(seconds)} s`
}

/** A line of the start; `title` is the step, or empty to go on below it. */
export function tell(title: string, text: string): void {
  console.log(`${title.padEnd(TITLE_WIDTH)}${text}`)
}

/**
 * Runs one step and prints its line when it is done: `work` may answer what to say instead of "ready". On a terminal the
 * title stands there meanwhile; a pipe sees finished lines only.
 */
export async function step<T extends string | undefined>(title: string, work: () => Promise<T>): Promise<void> {
  const startedAt = performance.now()
  const onTerminal = process.stdout.isTTY === true
  if (onTerminal) process.stdout.write(`${title.padEnd(TITLE_WIDTH)}…`)
  try {
    const said = await work()
    if (onTerminal) process.stdout.write('\r\x1b[K')
    tell(title, `${said ?? 'ready'} (${formatSeconds(performance.now() - startedAt)})`)
  } catch (cause) {
    if (onTerminal) process.stdout.write('\r\x1b[K')
    throw cause
  }
}
