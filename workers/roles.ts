/** What the workers' program can be: for each role its parts and what it runs. A role is one row here and one in lib/config.ts. */
import type { Db } from '#lib/db.ts'
import type { Log } from '#lib/log.ts'
import { openMetricsPort } from '#lib/metrics-port.ts'
import { readConfigOrEnd } from '#lib/process.ts'

export interface RunningRole {
  /** Resolves when it does what it is there for. */
  readonly ready: Promise<void>
  /** Takes nothing new, lets what runs come to an end, and resolves within some seconds. */
  stop(): Promise<void>
}

interface OpenRole {
  readonly log: Log
  readonly db: Db
  /** Once the database answers. */
  start(): RunningRole
  close(): Promise<void>
}

const PAYOUTS_EVERY_MS = 1_000

/** Loaded when it is asked for, so that no role carries the adapters of another. */
const ROLES: Readonly<Record<string, () => Promise<OpenRole>>> = {
  /** Settles, keeps the books and cleans up. */
  async workers() {
    const [{ composeWorkers }, { startWorkers }] = await Promise.all([
      import('#lib/compose-workers.ts'),
      import('./start-workers.ts'),
    ])
    const deps = composeWorkers(readConfigOrEnd('workers'))
    return {
      ...deps,
      start() {
        const { METRICS_HOST: host, WORKERS_METRICS_PORT: port, DATABASE_URL_JOBS: queueUrl } = deps.config
        const figures = port === undefined ? null : openMetricsPort({ ...deps, host, port })
        const workers = startWorkers({ ...deps, queueUrl })
        return {
          ready: Promise.all([workers.ready, figures]).then(() => undefined),
          stop: async () => {
            await Promise.all([workers.stop(), figures?.then((server) => server?.close())])
          },
        }
      },
    }
  },
  /** Pays out, and is the only one that can. */
  async payouts() {
    const [{ composePayouts }, { startPayouts }] = await Promise.all([
      import('#lib/compose-payouts.ts'),
      import('./payouts.ts'),
    ])
    const deps = composePayouts(readConfigOrEnd('payouts'))
    return {
      ...deps,
      start: () => ({ ready: Promise.resolve(), ...startPayouts({ ...deps, everyMs: PAYOUTS_EVERY_MS }) }),
    }
  },
}

/** Reads the configuration of that role; without a usable one, or of a role that is none, the process ends. */
export async function openRole(name: string): Promise<OpenRole> {
  const open = Object.hasOwn(ROLES, name) ? ROLES[name] : undefined
  if (open !== undefined) return await open()
  process.stderr.write(`there is no role ${name} here; ${Object.keys(ROLES).join(', ')}\n`)
  return process.exit(64)
}
