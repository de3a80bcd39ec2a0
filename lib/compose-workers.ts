/** The workers' parts: the books and backends that they may only read. Each process composes apart, so that none carries another's adapters. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Clock, systemClock } from './clock.ts'
import { measurePool, timeBackend } from './compose-figures.ts'
import { type Config, readConfig } from './config.ts'
import type { BlobFolder } from './content/blob-folder.ts'
import { openBlobs } from './content/open-blobs.ts'
import { createPictureEncoder, type PictureEncoder } from './content/picture-encoder.ts'
import { type Db, openDatabase } from './db.ts'
import { EGRESS_LIMITS } from './egress/budget.ts'
import type { Egress } from './egress/egress.ts'
import { openEgress } from './egress/open-egress.ts'
import type { Backends } from './lightning/backend.ts'
import { createLndBackend } from './lightning/lnd/lnd.ts'
import { createBackends } from './lightning/registry.ts'
import { createLog, type Log } from './log.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { type Notices, openNotices } from './notices.ts'
import { unobserved } from './observe.ts'
import type { RefreshRatesDeps } from './paywall/rates/refresh-rates.ts'
import type { CheckContentDeps } from './paywall/resources/check-content.ts'

/** What the role `workers` works with: the books, backends it may only read, no keys, and content to compare and to delete what nobody names. */
export interface WorkersDeps {
  readonly config: Config<'workers'>
  readonly clock: Clock
  readonly log: Log
  readonly db: Db
  readonly notices: Notices
  readonly metrics: Metrics
  readonly backends: Backends
  readonly content: CheckContentDeps['content'] & { readonly blobs: BlobFolder }
  /** To whatever a creator names; nothing else of this process goes out. */
  readonly egress: Egress
  readonly pictures: PictureEncoder
  readonly rates: RefreshRatesDeps['rates']
  readonly feePpm: number
  readonly holdSeconds: number
  readonly pruneAfterSeconds: number
  close(): Promise<void>
}

/** The workers' parts. Throws `ConfigFault` when the environment cannot be used; connects at first use. */
export function composeWorkers(config: Config<'workers'> = readConfig('workers')): WorkersDeps {
  const log = createLog({ process: 'workers', level: config.LOG_LEVEL })
  const db = openDatabase({ url: config.DATABASE_URL_JOBS, log })
  const notices = openNotices({ url: config.DATABASE_URL_JOBS, log })
  const platform = createLndBackend({
    socket: config.LND_SOCKET,
    cert: readFileSync(config.LND_TLS_CERT),
    macaroon: readFileSync(config.LND_READ_MACAROON),
    network: config.LND_NETWORK,
    log,
  })
  const metrics = createMetrics('workers')
  measurePool(metrics, db)
  const backends = createBackends(timeBackend(metrics, platform, unobserved))
  const egress = openEgress(config, { log, limits: EGRESS_LIMITS })
  const close = async () => {
    backends.close()
    await Promise.all([db.close(), notices.close(), egress.close()])
  }
  return {
    config,
    clock: systemClock,
    log,
    db,
    notices,
    metrics,
    backends,
    content: { folder: config.CONTENT_URL, blobs: openBlobs(config) },
    egress,
    // Built beside the workers.
    pictures: createPictureEncoder({ workerFile: join(process.cwd(), 'dist/picture-worker.mjs') }),
    rates: { sources: config.RATE_SOURCES, maxAgeSeconds: config.RATE_MAX_AGE_SECONDS },
    feePpm: config.PLATFORM_FEE_PPM,
    holdSeconds: config.PAYOUT_HOLD_SECONDS,
    pruneAfterSeconds: config.PRUNE_AFTER_SECONDS,
    close,
  }
}
