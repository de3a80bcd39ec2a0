/** The dashboard does not answer before its environment was read and its database was found to keep what it confirms. */
import { setTimeout as pause } from 'node:timers/promises'
import { keepPruning } from '#app/_server/auth/prune-tokens.ts'
import { webDeps } from '#app/_server/deps.ts'
import { ConfigFault } from '#lib/config.ts'
import { assertDurable } from '#lib/db-check.ts'
import { describeCause } from '#lib/log.ts'
import { markClients } from './client-address.ts'

const RETRY_MS = 500
const TRIES = 20

/** Ends the process with a sentence for each thing to mend; waits up to ten seconds for a database that is just starting. */
export async function startWeb(): Promise<void> {
  try {
    markClients(webDeps().config.TRUSTED_PROXIES)
    await waitForDatabase()
    keepPruning()
  } catch (cause) {
    process.stderr.write(`${cause instanceof ConfigFault ? cause.message : describeCause(cause)}\n`)
    process.exit(1)
  }
}

async function waitForDatabase(): Promise<void> {
  const { db } = webDeps()
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await assertDurable(db)
    } catch (cause) {
      if (attempt === TRIES) throw cause
      await pause(RETRY_MS)
    }
  }
}
