/** How every process of ours begins and ends: configured or not at all, patient with its database, drained before it goes. */
import { type Config, ConfigFault, type RoleName, readConfig } from './config.ts'
import { UnfitDatabase } from './db-check.ts'
import { describeCause, type Log } from './log.ts'
import { createTrouble } from './trouble.ts'

/** sysexits.h: the configuration is wrong, and starting again changes nothing. */
const EXIT_CONFIG = 78
const EXIT_UNAVAILABLE = 1

/** Ends the process with a sentence for whoever started it: `explain` tells of what is no fault of the configuration. */
export function endFor(cause: unknown, explain: (cause: unknown) => string = describeCause): never {
  const isForGood = cause instanceof ConfigFault || cause instanceof UnfitDatabase
  process.stderr.write(`${isForGood ? cause.message : explain(cause)}\n`)
  return process.exit(isForGood ? EXIT_CONFIG : EXIT_UNAVAILABLE)
}

/** The configuration of this role; without a usable one the process ends, after a line for each variable to correct. */
export function readConfigOrEnd<N extends RoleName>(name: N): Config<N> {
  try {
    return readConfig(name)
  } catch (cause) {
    return endFor(cause)
  }
}

/** What `open` answers once the database does. Throws `UnfitDatabase` alone, since waiting does not help there. */
export async function waitForDatabase<T>(log: Log, open: () => Promise<T>): Promise<T> {
  const trouble = createTrouble(log, { begun: 'the database does not answer yet', over: 'the database answers' })
  for (;;) {
    try {
      const opened = await open()
      trouble.end()
      return opened
    } catch (cause) {
      if (cause instanceof UnfitDatabase) throw cause
      await trouble.wait(cause)
    }
  }
}

/** One piece of work that failed in an unforeseen way must not end the others: it is told, and the process goes on. */
export function surviveUncaught(log: Log): void {
  const tell = (cause: unknown) => log.error('nobody caught this', { cause: describeCause(cause) })
  process.on('unhandledRejection', tell).on('uncaughtException', tell)
}

interface DrainOptions {
  readonly log: Log
  /** The process ends after this long in any case: what was not done by then is whole in the database or not begun. */
  readonly withinMs: number
  readonly drain: () => Promise<void>
}

/** SIGTERM and SIGINT let what runs come to its end, then end the process with 0. */
export function drainOnSignal({ log, withinMs, drain }: DrainOptions): void {
  let isEnding = false
  const end = () => {
    if (isEnding) return
    isEnding = true
    setTimeout(() => process.exit(0), withinMs).unref()
    void drain()
      .catch((cause: unknown) => log.warn('the end was not clean', { cause: describeCause(cause) }))
      .finally(() => process.exit(0))
  }
  process.on('SIGTERM', end).on('SIGINT', end)
}

/** The line by which a supervisor, or a test, knows that the process serves. */
export function tellReady(): void {
  process.stdout.write('ready\n')
}
