/** A world as the first version left it: its rows, its content, its dev node, and what its customers hold. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'

const root = join(import.meta.dirname, '../..')
const FIRST = join(root, 'prisma/migrations/20261121000000_first_sale/migration.sql')

interface Claimable {
  readonly challenge: string
  readonly secret: string
}

/** What readers and programs kept; written by that version itself. */
interface Held {
  readonly creatorId: string
  readonly service: string
  /** Authorization values. */
  readonly bought: string
  readonly larger: string
  readonly counted: string
  readonly unreleased: string
  readonly revoked: string
  /** `M:P` of a receipt. */
  readonly receipt: string
  readonly cookie: string
  readonly browser: Claimable
  readonly unclaimed: Claimable
  readonly withheld: Claimable
  readonly open: Claimable & { readonly invoice: string }
  readonly late: Claimable & { readonly invoice: string }
  readonly openProgram: { readonly challenge: string; readonly macaroon: string; readonly invoice: string }
}

interface Dump {
  readonly facts: Held
  readonly tables: Readonly<Record<string, readonly object[]>>
  /** Files by path, base64. */
  readonly content: Readonly<Record<string, string>>
  readonly node: Readonly<Record<string, string>>
}

export function readDump(): Dump {
  return JSON.parse(readFileSync(join(root, 'tests/vectors/first-schema.json'), 'utf8')) as Dump
}

/** The tables of the first version with the rows of the dump, exactly as they stood: no trigger fires. */
export async function restoreRows(ownerUrl: string, { tables }: Pick<Dump, 'tables'>): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl })
  await client.connect()
  try {
    await client.query(readFileSync(FIRST, 'utf8'))
    await client.query("set session_replication_role = 'replica'")
    for (const [name, rows] of Object.entries(tables)) {
      const all = [JSON.stringify(rows)]
      await client.query(
        `insert into "${name}" select * from jsonb_populate_recordset(null::"${name}", $1::jsonb)`,
        all,
      )
    }
  } finally {
    await client.end()
  }
}

/** Notes the first migration as applied, as the engine did when it made such a database. */
export async function noteFirstMigration(ownerUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl })
  await client.connect()
  try {
    await client.query(`create table _prisma_migrations (id varchar(36) primary key, checksum varchar(64) not null,
      finished_at timestamptz, migration_name varchar(255) not null, logs text, rolled_back_at timestamptz,
      started_at timestamptz not null default now(), applied_steps_count integer not null default 0);
      insert into _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count)
      values ('1', 'x', now(), '20261121000000_first_sale', 1)`)
  } finally {
    await client.end()
  }
}

/** Writes files of the dump into a new folder and answers its path. */
export function restoreFolder(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'satstile-restored-'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), Buffer.from(text, 'base64'), { mode: 0o600 })
  }
  return folder
}
