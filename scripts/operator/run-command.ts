/** A command of an operator says what stopped it in one sentence and ends with 1; with 0 it did what it says. */
import { Fault } from '#lib/errors.ts'
import { describeCause } from '#lib/log.ts'

/** Runs `main` and ends the process. */
export function runCommand(name: string, main: () => Promise<void>): void {
  main().then(
    () => process.exit(0),
    (cause: unknown) => {
      console.error(`${name}: ${cause instanceof Fault ? describeCause(cause) : messageOf(cause)}`)
      process.exit(1)
    },
  )
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
