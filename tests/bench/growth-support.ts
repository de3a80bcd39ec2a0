/** A database of a given size for the measurement of growth: kept, and filled on where it was left. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { type Db, openDatabase } from '#lib/db.ts'
import { databaseRoles, migrate } from '#scripts/migrate.ts'
import { freePorts } from '#scripts/start/ports.ts'
import { prepareCluster } from '#scripts/start/postgres.ts'
import { readPidFile } from '#scripts/start/postgres-files.ts'
import { silentLog } from '#tests/support/log.ts'
import { until } from '#tests/support/until.ts'
import { fill } from './growth-fill-support.ts'
import type { Size } from './growth-sizes-support.ts'

const PASSWORD = 'password-of-the-bench'
const SETTINGS = {
  ...{ shared_buffers: '1GB', max_wal_size: '8GB', checkpoint_timeout: '30min', log_line_prefix: '' },
  // Does nothing in a session that was not asked to be explained.
  ...{ shared_preload_libraries: 'auto_explain', 'auto_explain.log_analyze': 'on', 'auto_explain.log_timing': 'off' },
}

export interface BenchServer {
  /** What the server says: the plans, when a database is opened `explained`. */
  readonly logFile: string
  /** A database of this size with every row in it. */
  open(size: Size, options: { onStep: (step: string) => void; explained?: boolean }): Promise<BenchDatabase>
  stop(): Promise<void>
}

export interface BenchDatabase {
  readonly owner: Db
  readonly gate: Db
  readonly web: Db
  readonly jobs: Db
  readonly gateUrl: string
  readonly webUrl: string
  /** Process id of the server. */
  readonly postmaster: number
  close(): Promise<void>
}

/** Postgres on the kept folder, at a free port. */
export async function startBenchServer(folder: string): Promise<BenchServer> {
  mkdirSync(folder, { recursive: true })
  const cluster = join(folder, 'cluster')
  const logFile = join(folder, 'postgres.log')
  const [port = 0] = await freePorts(1)
  const order = await prepareCluster({
    ...{ cluster, port, owner: 'postgres', password: PASSWORD },
    ...{
      logFile,
      settings: { ...SETTINGS },
    },
  })
  const log = openSync(logFile, 'a')
  const child = spawn(order.program, [...order.arguments], { ...order.spawnAs, stdio: ['ignore', log, log] })
  closeSync(log)
  const urlOf = (database: string, user = 'postgres') =>
    `postgresql://${user}:${PASSWORD}@127.0.0.1:${port}/${database}`
  await until(
    'Postgres answers',
    () =>
      query(urlOf('postgres'), 'select 1').then(
        () => true,
        () => false,
      ),
    { withinMs: 60_000 },
  )
  return {
    logFile,
    async open(size, { onStep, explained = false }) {
      const name = `growth_${size.name}`
      await query(urlOf('postgres'), `create database ${name}`).catch(() => undefined)
      await migrate({
        databaseUrl: urlOf(name),
        rolePasswords: Object.fromEntries(databaseRoles().map((role) => [role, PASSWORD])),
      })
      await fill(urlOf(name), size, onStep)
      await query(urlOf('postgres'), `alter database ${name} set auto_explain.log_min_duration = ${explained ? 0 : -1}`)
      const open = (role: string) => openDatabase({ url: urlOf(name, role), log: silentLog })
      const [owner, gate, web, jobs] = ['postgres', 'satstile_gate', 'satstile_web', 'satstile_jobs'].map(open) as [
        Db,
        Db,
        Db,
        Db,
      ]
      return {
        owner,
        gate,
        web,
        jobs,
        gateUrl: urlOf(name, 'satstile_gate'),
        webUrl: urlOf(name, 'satstile_web'),
        postmaster: readPidFile(cluster)?.pid ?? 0,
        close: async () => void (await Promise.all([owner, gate, web, jobs].map((db) => db.close()))),
      }
    },
    async stop() {
      child.kill('SIGINT')
      await once(child, 'exit')
    },
  }
}

async function query(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  try {
    await client.connect()
    await client.query(text)
  } finally {
    await client.end().catch(() => undefined)
  }
}
