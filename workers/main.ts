/** The process of every role that works in the background, named by its one argument; it outlives the loss of node and database. */
import { assertDurable } from '#lib/db-check.ts'
import { drainOnSignal, endFor, surviveUncaught, tellReady, waitForDatabase } from '#lib/process.ts'
import { openRole, type RunningRole } from './roles.ts'

/** Every effect is whole in the database or was not begun. */
const DRAIN_MS = 4_000

const role = await openRole(process.argv[2] ?? 'workers')
// A worker that ends sees no settlement.
surviveUncaught(role.log)
let running: RunningRole | null = null
drainOnSignal({
  log: role.log,
  withinMs: DRAIN_MS,
  async drain() {
    await running?.stop()
    await role.close()
  },
})
await waitForDatabase(role.log, () => assertDurable(role.db)).catch((cause: unknown) => endFor(cause))
running = role.start()
await running.ready
tellReady()
