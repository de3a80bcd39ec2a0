/** A fresh, migrated database for each test file, with one connection address per trust zone. */
import { randomBytes } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { type Db, openDatabase } from '#lib/db.ts'
import { databaseRoles, migrate } from '#scripts/migrate.ts'
import { type Cluster, claimOnce, ensureCluster } from './cluster.ts'
import { silentLog } from './log.ts'
import { until } from './until.ts'

const TEMPLATE = 'satstile_template'
const ZONE_PASSWORD = 'password-of-the-test-zones'

export interface TestDatabase {
  name: string
  ownerUrl: string
  gateUrl: string
  webUrl: string
  jobsUrl: string
  doorUrl: string
  payoutsUrl: string
  /** Opened at first use and closed by `close`; `owner` is above grants and row security. */
  owner: Db
  gate: Db
  web: Db
  jobs: Db
  door: Db
  payouts: Db
  close(): Promise<void>
}

/** Opens an empty database with the newest schema; call `close` in `afterAll`. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const cluster = await ensureCluster()
  await ensureTemplate(cluster)
  const name = `test_${randomBytes(6).toString('hex')}`
  await asAdmin(cluster, 'postgres', `create database ${name} TEMPLATE ${TEMPLATE}`)
  return openDatabaseOf(cluster, name)
}

/**
 * Opens an empty database that `fill` brings to the newest schema by itself, for instance from rows of an older one. The
 * zones' roles exist before it runs.
 */
export async function openFilledDatabase(fill: (ownerUrl: string) => Promise<void>): Promise<TestDatabase> {
  const cluster = await ensureCluster()
  await ensureTemplate(cluster)
  const name = `test_${randomBytes(6).toString('hex')}`
  await asAdmin(cluster, 'postgres', `create database ${name} TEMPLATE template0`)
  await fill(urlOf(cluster, name))
  return openDatabaseOf(cluster, name)
}

function openDatabaseOf(cluster: Cluster, name: string): TestDatabase {
  const urls = {
    ownerUrl: urlOf(cluster, name),
    gateUrl: urlOf(cluster, name, 'satstile_gate'),
    webUrl: urlOf(cluster, name, 'satstile_web'),
    jobsUrl: urlOf(cluster, name, 'satstile_jobs'),
    doorUrl: urlOf(cluster, name, 'satstile_door'),
    payoutsUrl: urlOf(cluster, name, 'satstile_payouts'),
  }
  const open = (url: string) => openDatabase({ url, log: silentLog })
  const opened = {
    owner: open(urls.ownerUrl),
    gate: open(urls.gateUrl),
    web: open(urls.webUrl),
    jobs: open(urls.jobsUrl),
    door: open(urls.doorUrl),
    payouts: open(urls.payoutsUrl),
  }
  const close = async () => {
    await Promise.all(Object.values(opened).map((db) => db.close()))
    await asAdmin(cluster, 'postgres', `drop database if exists ${name} with (FORCE)`)
  }
  return { name, ...urls, ...opened, close }
}

/** An address of a database on the cluster of this run; `role` is a zone's role, or the owner when left out. */
function urlOf(cluster: Cluster, database: string, role?: string): string {
  const [user, password] = role === undefined ? [cluster.user, cluster.password] : [role, ZONE_PASSWORD]
  return `postgresql://${user}:${password}@127.0.0.1:${cluster.port}/${database}`
}

/** An empty database without any table, for tests of migrations themselves. */
export async function createEmptyDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const cluster = await ensureCluster()
  const name = `empty_${randomBytes(6).toString('hex')}`
  await asAdmin(cluster, 'postgres', `create database ${name} TEMPLATE template0`)
  return {
    url: urlOf(cluster, name),
    drop: () => asAdmin(cluster, 'postgres', `drop database if exists ${name} with (FORCE)`),
  }
}

/** Migrates once per run; every database is then a copy, which takes a fraction of the time. */
async function ensureTemplate(cluster: Cluster): Promise<void> {
  const mark = join(cluster.folder, 'template.json')
  if (claimOnce('template')) {
    await asAdmin(cluster, 'postgres', `create database ${TEMPLATE} TEMPLATE template0`)
    const rolePasswords = Object.fromEntries(databaseRoles().map((role) => [role, ZONE_PASSWORD]))
    await migrate({ databaseUrl: urlOf(cluster, TEMPLATE), rolePasswords })
    // A canary takes one guard away; the suites must then fail, or the tests of that guard are decoration.
    if (process.env.SATSTILE_CANARY_SQL) await asAdmin(cluster, TEMPLATE, process.env.SATSTILE_CANARY_SQL)
    writeFileSync(mark, '{}')
  }
  await until('the template database is migrated', () => existsSync(mark), { withinMs: 60_000 })
}

async function asAdmin(cluster: Cluster, database: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: urlOf(cluster, database) })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
