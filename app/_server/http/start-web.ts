/** The dashboard does not serve before its environment was read and, unless that is silent, its database was checked. */
import { setTimeout as pause } from 'node:timers/promises'
import { keepPruning } from '#app/_server/auth/prune-tokens.ts'
import { webDeps } from '#app/_server/deps.ts'
import { findDoor } from '#app/_server/door.ts'
import { assertDurable } from '#lib/db-check.ts'
import { openMetricsPort } from '#lib/metrics-port.ts'
import { endFor, readConfigOrEnd, waitForDatabase } from '#lib/process.ts'
import { markClients } from './client-address.ts'

/** Pages answer after this long also while the database is away: with a page that says so. */
const PATIENCE_MS = 2_000

/** Ends the process with a sentence for each thing to correct; a database that is away is waited for in the background. */
export async function startWeb(): Promise<void> {
  if ((await findDoor()) !== null) return
  const { TRUSTED_PROXIES, METRICS_HOST: host, WEB_METRICS_PORT: port } = readConfigOrEnd('web')
  const { db, log, metrics } = webDeps()
  try {
    markClients(TRUSTED_PROXIES)
  } catch (cause) {
    endFor(cause)
  }
  const checked = waitForDatabase(log, () => assertDurable(db)).catch((cause: unknown) => endFor(cause))
  await Promise.race([checked, pause(PATIENCE_MS, undefined, { ref: false })])
  keepPruning()
  if (port !== undefined) await openMetricsPort({ metrics, host, port, log })
}
