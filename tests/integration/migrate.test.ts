/** Migrations: from nothing to everything, again to no change, and never half. */
import { execFile } from 'node:child_process'

import { createHash, randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { currentSchema, diffSchema, migrate } from '#scripts/migrate.ts'
import { createEmptyDatabase } from '#tests/support/database.ts'

/** Every folder, the first version among them. */
const MIGRATIONS = readdirSync(join(import.meta.dirname, '../../prisma/migrations'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .toSorted()

let empty: Awaited<ReturnType<typeof createEmptyDatabase>>
beforeAll(async () => {
  empty = await createEmptyDatabase()
})
afterAll(() => empty.drop())

async function ask<T extends pg.QueryResultRow>(sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: empty.url })
  await client.connect()
  try {
    return (await client.query<T>(sql)).rows
  } finally {
    await client.end()
  }
}

describe('migrate', () => {
  test('two starts at once on an empty database end with one schema', async () => {
    const steps: string[] = []
    const options = { databaseUrl: empty.url, rolePasswords: {} }
    const applied = await Promise.all([migrate({ ...options, onStep: (step) => steps.push(step) }), migrate(options)])
    expect(applied.flat()).toEqual(MIGRATIONS)
    expect(applied.flat()[0]).toBe('20261121000000_first_sale')
    expect(steps).toEqual(['roles', 'tables', 'queue'])
    const rows = await ask<{ name: string }>(
      'select migration_name as name from _prisma_migrations where finished_at is not null order by 1',
    )
    expect(rows.map(({ name }) => name).toSorted()).toEqual(MIGRATIONS)
  })

  test('run again it changes nothing', async () => {
    const tables = () =>
      ask(
        `select relname, relacl::text from pg_class where relnamespace in ('public'::regnamespace, 'bullmq'::regnamespace) order by 1`,
      )
    const before = await tables()
    expect(await migrate({ databaseUrl: empty.url, rolePasswords: {} })).toEqual([])
    expect(await tables()).toEqual(before)
  })

  test('the queue is there for the workers', async () => {
    const [row] = await ask<{ count: string }>(`select count(*) from pg_tables where schemaname = 'bullmq'`)
    expect(Number(row?.count)).toBeGreaterThan(0)
  })

  test('an owner who is no superuser and may create no roles is enough once the roles are there', async () => {
    const name = `owner_${randomBytes(4).toString('hex')}`
    const url = new URL(empty.url)
    await ask(`create role ${name} login password 'plain'`)
    await ask(`create database ${name} owner ${name}`)
    Object.assign(url, { username: name, password: 'plain', pathname: `/${name}` })
    expect(await migrate({ databaseUrl: url.href, rolePasswords: {} })).toEqual(MIGRATIONS)
    await ask(`drop database ${name} with (force)`)
    await ask(`drop role ${name}`)
  })

  test('an unreachable database is an error and not a wait', async () => {
    await expect(migrate({ databaseUrl: 'postgresql://x:y@127.0.0.1:1/x', rolePasswords: {} })).rejects.toThrow(
      /ECONNREFUSED/,
    )
  })
})

test('whoever is signed in stays so when tokens become digests; the link of a mail under way is asked for again', async () => {
  const old = await createEmptyDatabase()
  const client = new pg.Client({ connectionString: old.url })
  await client.connect()
  try {
    await client.query(await readFile('prisma/migrations/20261121000000_first_sale/migration.sql', 'utf8'))
    await client.query(`insert into "user" (id, email) values ('u', 'a@example.test')`)
    await client.query(`insert into session (id, session_token, user_id, expires) values ('s', 'held-ø', 'u', now())`)
    await client.query(`insert into verification_token (identifier, token, expires) values ('a', 'plain', now())`)
    await client.query(await readFile('prisma/migrations/20261128000100_seams/migration.sql', 'utf8'))
    const { rows } = await client.query('select session_token from session')
    expect(rows).toEqual([{ session_token: createHash('sha256').update('held-ø').digest('hex') }])
    expect((await client.query('select * from verification_token')).rows).toEqual([])
  } finally {
    await client.end()
    await old.drop()
  }
})

describe('the schema files', () => {
  test('agree with the newest migration', async () => {
    expect(await diffSchema(empty.url)).toBe('')
    expect(currentSchema()).toContain('model Creator')
  })

  test('have every column that the migration made, and no other', async () => {
    const columns = await ask<{ name: string }>(`
      select table_name || '.' || column_name as name from information_schema.columns
      where table_schema = 'public' and table_name <> '_prisma_migrations' order by 1`)
    expect(columns.map(({ name }) => name)).toEqual(declaredColumns(currentSchema()).toSorted())
  })
})

/** `table.column` of every scalar field, read from the schema text by its own small rules. */
function declaredColumns(schema: string): string[] {
  return [...schema.matchAll(/model \w+ \{([\s\S]*?)\n\}/g)].flatMap(([, body = '']) => {
    const table = /@@map\("(\w+)"\)/.exec(body)?.[1] ?? ''
    const fields = [...body.matchAll(/^ {2}(\w+)\s+(String|BigInt|Int|Bytes|Json|DateTime|Boolean)(\[\]|\?)?(.*)$/gm)]
    return fields.map(([, name = '', , , rest = '']) => `${table}.${/@map\("(\w+)"\)/.exec(rest)?.[1] ?? name}`)
  })
}

describe('the command', () => {
  const run = promisify(execFile)
  const command = (args: string[], env: Record<string, string> = {}) =>
    run(process.execPath, ['scripts/migrate.ts', ...args], { env: { ...process.env, ...env }, timeout: 30_000 })

  test('--help tells what it does', async () => {
    expect((await command(['--help'])).stdout).toContain('--new NAME')
  })

  test('without DATABASE_URL it says which variable is missing', async () => {
    await expect(command([], { DATABASE_URL: '' })).rejects.toMatchObject({
      stderr: expect.stringContaining('DATABASE_URL is missing'),
    })
  })

  test('brings a database up to date and says that nothing was missing the second time', async () => {
    expect((await command([], { DATABASE_URL: empty.url })).stdout).toContain('nothing was missing')
  })

  test('--new writes nothing while schema and migration agree', async () => {
    expect((await command(['--new', 'no_change'], { DATABASE_URL: empty.url })).stdout).toContain('nothing to write')
  })
})
