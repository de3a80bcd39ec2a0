/** The workers in the role `jobs`: they settle, keep the books and clean up, and outlive the loss of node and database. */
import { setTimeout as pause } from 'node:timers/promises'
import { composeWorkers } from '#lib/compose-workers.ts'
import { ConfigFault, readConfig } from '#lib/config.ts'
import { assertDurable, WeakDatabase } from '#lib/db-check.ts'
import { describeCause } from '#lib/log.ts'
import { startWorkers } from './start-workers.ts'

/** sysexits.h: the configuration is wrong, and starting again changes nothing. */
const EXIT_CONFIG = 78
/** After this long of draining the process ends anyway: every effect is whole in the database or was not begun. */
const DRAIN_MS = 4_000
const DATABASE_RETRY_MS = 500

function readConfigOrEnd() {
  try {
    return readConfig('workers')
  } catch (cause) {
    if (!(cause instanceof ConfigFault)) throw cause
    process.stderr.write(`${cause.message}\n`)
    return process.exit(EXIT_CONFIG)
  }
}

/** A database that is away is waited for; one that may lose what it confirmed is none to work with. */
async function waitForDatabase(): Promise<void> {
  for (;;) {
    try {
      return await assertDurable(deps.db)
    } catch (cause) {
      if (cause instanceof WeakDatabase) {
        process.stderr.write(`${cause.message}\n`)
        process.exit(EXIT_CONFIG)
      }
      deps.log.warn('the database does not answer yet', { cause: describeCause(cause) })
      await pause(DATABASE_RETRY_MS)
    }
  }
}

const deps = composeWorkers(readConfigOrEnd())
await waitForDatabase()
const workers = startWorkers({ ...deps, queueUrl: deps.config.DATABASE_URL_JOBS })

// Anything that nobody caught is told and survived: a worker that ends sees no settlement.
process.on('unhandledRejection', (cause) => deps.log.error('nobody caught this', { cause: describeCause(cause) }))
process.on('uncaughtException', (cause) => deps.log.error('nobody caught this', { cause: describeCause(cause) }))

let ending = false
function end(): void {
  if (ending) return
  ending = true
  setTimeout(() => process.exit(0), DRAIN_MS).unref()
  void workers
    .stop()
    .then(() => deps.close())
    .catch((cause: unknown) => deps.log.warn('the end was not clean', { cause: describeCause(cause) }))
    .finally(() => process.exit(0))
}
process.on('SIGTERM', end)
process.on('SIGINT', end)

await workers.ready
process.stdout.write('ready\n')
