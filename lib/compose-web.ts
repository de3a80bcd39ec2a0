/** The dashboard's parts: a process that may neither mint nor spend does not even load a node's client. */
import { join } from 'node:path'
import { type Clock, systemClock } from './clock.ts'
import { measureHealth, measurePool } from './compose-figures.ts'
import { checkDatabase, checkGateways, checkWorkers } from './compose-health.ts'
import { type Config, readConfig } from './config.ts'
import { type ArticleRenderer, createArticleRenderer } from './content/article-renderer.ts'
import type { BlobFolder } from './content/blob-folder.ts'
import { openBlobs } from './content/open-blobs.ts'
import { createPictureEncoder, type PictureEncoder } from './content/picture-encoder.ts'
import { createUploadFolder, type UploadFolder } from './content/upload-folder.ts'
import { type Db, openDatabase, REQUEST_STATEMENT_MS } from './db.ts'
import { assertInvariant } from './errors.ts'
import { type Health, watchHealth } from './health.ts'
import { createLog, type Log } from './log.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { type Notices, openNotices } from './notices.ts'
import { MAX_FILE_BYTES } from './paywall/resources/file/file.ts'
import { createSaleFeeds, type SaleFeeds } from './paywall/settlements/sale-feed.ts'

/** What the dashboard works with: a creator's own rows, content, and no key, no node, no queue. */
export interface WebDeps {
  readonly config: Config<'web'>
  readonly clock: Clock
  readonly log: Log
  readonly db: Db
  readonly blobs: BlobFolder
  readonly renderer: ArticleRenderer
  readonly pictures: PictureEncoder
  readonly uploads: UploadFolder
  readonly notices: Notices
  readonly health: Health
  readonly metrics: Metrics
  /** One for the whole process: a dashboard more costs no query more. */
  readonly saleFeeds: SaleFeeds
  /** Public half of the gateway's key: what it seals cannot be read here any more. */
  readonly sealKey: Uint8Array
  close(): Promise<void>
}

/** The dashboard's parts. Throws `ConfigFault` when the environment cannot be used; connects at first use. */
export function composeWeb(config: Config<'web'> = readConfig('web')): WebDeps {
  const log = createLog({ process: 'web', level: config.LOG_LEVEL })
  const db = openDatabase({ url: config.DATABASE_URL_WEB, log, statementTimeoutMs: REQUEST_STATEMENT_MS })
  const notices = openNotices({ url: config.DATABASE_URL_WEB, log })
  const blobs = openBlobs(config)
  // Built beside the dashboard, whose bundler would not take a thread's first file along.
  const renderer = createArticleRenderer({ workerFile: join(process.cwd(), 'dist/render-worker.mjs') })
  const pictures = createPictureEncoder({ workerFile: join(process.cwd(), 'dist/picture-worker.mjs') })
  const uploads = createUploadFolder(config.CONTENT_URL, { path: '/uploads', maxBytes: MAX_FILE_BYTES })
  const saleFeeds = createSaleFeeds({ db, log, clock: systemClock, notices })
  const [seal] = config.SECRET_SEAL_KEY
  assertInvariant(seal !== undefined, 'a list of keys has a first one')
  const metrics = createMetrics('web')
  const checks = { database: checkDatabase(db), gateway: checkGateways(db), workers: checkWorkers(db) }
  const health = watchHealth({ log, checks })
  measurePool(metrics, db)
  measureHealth(metrics, health, Object.keys(checks))
  const close = async () => {
    health.close()
    await Promise.all([db.close(), notices.close(), renderer.close()])
  }
  const parts = { config, clock: systemClock, log, db, blobs, renderer, pictures, uploads, notices, saleFeeds }
  return { ...parts, health, metrics, sealKey: seal.key, close }
}
