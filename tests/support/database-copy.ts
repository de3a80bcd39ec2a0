/** An operator's copy of a database, and its restoring under processes that stay connected to the same address. */
import pg from 'pg'
import { ensureCluster } from './cluster.ts'
import type { TestDatabase } from './database.ts'

export interface DatabaseCopy {
  /** Puts the copy in the place of the database: everything since is lost, every connection breaks. */
  restore(): Promise<void>
  drop(): Promise<void>
}

/** Copies a database as it is now; whoever is connected to it is cut off for a moment. */
export async function copyDatabase({ name }: Pick<TestDatabase, 'name'>): Promise<DatabaseCopy> {
  const copy = `${name}_copy`
  await alone(name, [`create database ${copy} template ${name}`])
  return {
    restore: () => alone(name, [`drop database ${name} with (force)`, `create database ${name} template ${copy}`]),
    drop: () => run([`drop database if exists ${copy} with (force)`]),
  }
}

/** Postgres copies a database only while nobody is connected to it. */
async function alone(name: string, statements: readonly string[]): Promise<void> {
  await run([
    `alter database ${name} with allow_connections false`,
    `select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '${name}'`,
    ...statements,
    `alter database ${name} with allow_connections true`,
  ])
}

async function run(statements: readonly string[]): Promise<void> {
  const { user, password, port } = await ensureCluster()
  const client = new pg.Client({ connectionString: `postgresql://${user}:${password}@127.0.0.1:${port}/postgres` })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}
