/** What an operator's command works with: the zone of the workers and, above it, the owner; read from where `npm start` has it. */
import { existsSync } from 'node:fs'
import { composeWorkers, type WorkersDeps } from '#lib/compose-workers.ts'
import { readConfig } from '#lib/config.ts'
import { type Db, openDatabase } from '#lib/db.ts'
import { ensureSecrets, secretsFileOf } from '#scripts/start/secrets.ts'
import { readSettings } from '#scripts/start/settings.ts'
import { makeZones, type Zones } from '#scripts/start/zones.ts'

export interface Books {
  readonly workers: WorkersDeps
  /** Above grants and row security. */
  readonly owner: Db
  close(): Promise<void>
}

/** Throws `Stop` or `ConfigFault` when a variable is missing or wrong; connects at first use. */
export function openBooks(envFile: string | undefined): Books {
  const zones = readZones(envFile)
  // Only what somebody has to know is said beside the command's own words.
  const workers = composeWorkers(readConfig('workers', { ...zones.workers, LOG_LEVEL: 'warn' }))
  const { DATABASE_URL } = readConfig('migrate', zones.migrate)
  const owner = openDatabase({ url: DATABASE_URL, log: workers.log })
  return {
    workers,
    owner,
    async close() {
      await Promise.all([workers.close(), owner.close()])
    },
  }
}

/** In development the secrets that `npm start` has made in this data folder; none are made here. */
export function readZones(envFile: string | undefined): Zones {
  if (envFile !== undefined) process.loadEnvFile(envFile)
  const settings = readSettings(process.env)
  const hasSecrets = settings.mode === 'development' && existsSync(secretsFileOf(settings.dataDir))
  return makeZones(settings, hasSecrets ? ensureSecrets(settings.dataDir) : null)
}
