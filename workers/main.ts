/** The process of the role `workers`: it settles, keeps the books and cleans up, and outlives the loss of node and database. */
import { composeWorkers } from '#lib/compose-workers.ts'
import { assertDurable } from '#lib/db-check.ts'
import { openMetricsPort } from '#lib/metrics-port.ts'
import { drainOnSignal, endFor, readConfigOrEnd, surviveUncaught, tellReady, waitForDatabase } from '#lib/process.ts'
import { startWorkers, type Workers } from './start-workers.ts'

/** Every effect is whole in the database or was not begun. */
const DRAIN_MS = 4_000

const deps = composeWorkers(readConfigOrEnd('workers'))
// A worker that ends sees no settlement.
surviveUncaught(deps.log)
let workers: Workers | null = null
drainOnSignal({
  log: deps.log,
  withinMs: DRAIN_MS,
  async drain() {
    await workers?.stop()
    await deps.close()
  },
})
await waitForDatabase(deps.log, () => assertDurable(deps.db)).catch((cause: unknown) => endFor(cause))
const { METRICS_HOST: host, WORKERS_METRICS_PORT: port } = deps.config
if (port !== undefined) await openMetricsPort({ metrics: deps.metrics, host, port, log: deps.log })
workers = startWorkers({ ...deps, queueUrl: deps.config.DATABASE_URL_JOBS })
await workers.ready
tellReady()
