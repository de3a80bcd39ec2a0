/** Brings a database to the newest schema with the rights of every role; run again it changes nothing. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { MigrationList } from '@prisma/schema-engine-wasm'
import { runMigrations } from 'bullmq'
import pg from 'pg'
import { ROLES, type Roles, readConfig } from '#lib/config.ts'
import { withSchemaEngine } from './schema-engine.ts'

interface MigrateOptions {
  /** Postgres as the owner. */
  databaseUrl: string
  /** Postgres role -> password to set; one that is left out keeps what it has, and cannot log in before it was given one. */
  rolePasswords: Readonly<Record<string, string>>
  /** Whose Postgres roles are made: all of ours when left out. */
  roles?: Roles
  /** Told about each step, for a progress line. */
  onStep?: (step: string) => void
}

const root = join(import.meta.dirname, '..')
const migrationsFolder = join(root, 'prisma/migrations')
const schemaFolder = join(root, 'prisma/schema')
const NO_FILTER = { externalTables: [], externalEnums: [] }
/** Spells `SATS`: two starts at once migrate one after the other. */
const MIGRATION_LOCK = 0x53415453
const QUEUE_SCHEMA = 'bullmq'

/**
 * Applies what is missing and answers the names of the migrations it applied. Roles first, because migrations grant
 * rights to them; then our own tables; then the queue's. Safe to run concurrently and as often as wanted.
 */
export async function migrate({
  databaseUrl,
  rolePasswords,
  roles = ROLES,
  onStep = () => undefined,
}: MigrateOptions): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000 })
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
    onStep('roles')
    await ensureRoles(client, databaseRoles(roles), rolePasswords)
    await ensureMemberships(client, roles)
    onStep('tables')
    await forgetUnfinished(client)
    const applied = await applyMigrations(databaseUrl)
    onStep('queue')
    await migrateQueue(client)
    return applied
  } finally {
    await client.end()
  }
}

/** One Postgres role per trust zone (architecture.md §1). The owner is there already: it does all this. */
export function databaseRoles(roles: Roles = ROLES): string[] {
  return Object.values(roles).flatMap(({ process, database }) => (process === null ? [] : [database.role]))
}

async function ensureRoles(
  client: pg.Client,
  names: readonly string[],
  passwords: MigrateOptions['rolePasswords'],
): Promise<void> {
  for (const name of names) {
    // Asked first, so that an operator may make the roles and keep the right to from this owner. Roles belong to the
    // whole cluster: another database of it may create them in this moment.
    await client.query(`do $$ begin
      if not exists (select 1 from pg_roles where rolname = '${name}') then create role ${name} nologin; end if;
      exception when duplicate_object or unique_violation then null;
    end $$`)
    const password = passwords[name]
    if (password !== undefined)
      await client.query(`alter role ${name} with login password ${client.escapeLiteral(password)}`)
  }
}

/**
 * A role that does another's work and more has that one's rights by being in it. Where somebody else made the roles, and
 * the owner may not, they also do this: until then the role has no rights.
 */
async function ensureMemberships(client: pg.Client, roles: Roles): Promise<void> {
  for (const { database } of Object.values(roles)) {
    if (database.within === undefined) continue
    await client.query(`do $$ begin
      if not pg_has_role('${database.role}', '${database.within}', 'member') then grant ${database.within} to ${database.role}; end if;
      exception when insufficient_privilege then null;
    end $$`)
  }
}

/** The engine refuses to go on after a migration that did not end; here one that did not end changed nothing (schema-engine.ts). */
async function forgetUnfinished(client: pg.Client): Promise<void> {
  const { rows } = await client.query(`select 1 where to_regclass('_prisma_migrations') is not null`)
  if (rows.length > 0) await client.query('delete from _prisma_migrations where finished_at is null')
}

async function applyMigrations(databaseUrl: string): Promise<string[]> {
  return withSchemaEngine(databaseUrl, async (engine) => {
    const result = await engine.applyMigrations({ migrationsList: listMigrations(), filters: NO_FILTER })
    return result.appliedMigrationNames
  })
}

/** BullMQ's own tables, made by the owner. Only the workers use them: a dashboard broken into does not reach the queue. */
async function migrateQueue(client: pg.Client): Promise<void> {
  await runMigrations(client, QUEUE_SCHEMA)
  const { role } = ROLES.workers.database
  await client.query(`
    grant usage on schema ${QUEUE_SCHEMA} to ${role};
    grant select, insert, update, delete on all tables in schema ${QUEUE_SCHEMA} to ${role};
    grant usage on all sequences in schema ${QUEUE_SCHEMA} to ${role};
    grant execute on all functions in schema ${QUEUE_SCHEMA} to ${role}`)
}

function migrationNames(): string[] {
  return readdirSync(migrationsFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
}

function listMigrations(): MigrationList {
  return {
    baseDir: migrationsFolder,
    lockfile: {
      path: 'migration_lock.toml',
      content: readFileSync(join(migrationsFolder, 'migration_lock.toml'), 'utf8'),
    },
    shadowDbInitScript: '',
    migrationDirectories: migrationNames().map((name) => ({
      path: name,
      migrationFile: {
        path: 'migration.sql',
        content: { tag: 'ok', value: readFileSync(join(migrationsFolder, name, 'migration.sql'), 'utf8') },
      },
    })),
  }
}

/** The schema files as they are now, as one text. */
export function currentSchema(): string {
  return readdirSync(schemaFolder)
    .filter((name) => name.endsWith('.prisma'))
    .sort()
    .map((name) => readFileSync(join(schemaFolder, name), 'utf8'))
    .join('')
}

/** The SQL that leads from the schema kept beside the newest migration to the schema files; empty when they agree. */
export async function diffSchema(databaseUrl: string): Promise<string> {
  const newest = migrationNames().at(-1)
  const schema = (content: string) => ({ tag: 'schemaDatamodel' as const, files: [{ path: 'schema.prisma', content }] })
  const before =
    newest === undefined ? undefined : readFileSync(join(migrationsFolder, newest, 'schema.prisma'), 'utf8')
  return withSchemaEngine(databaseUrl, async (engine) => {
    const from = before === undefined ? { tag: 'empty' as const } : schema(before)
    const result = await engine.diff({
      from,
      to: schema(currentSchema()),
      script: true,
      exitCode: null,
      filters: NO_FILTER,
    })
    const sql = result.stdout ?? ''
    return sql.replace(/^--.*$/gm, '').trim() === '' ? '' : sql
  })
}

async function writeMigration(databaseUrl: string, name: string): Promise<string> {
  if (!/^[a-z][a-z0-9_]{2,60}$/.test(name)) return `A migration's name is lower-case words joined by _, got "${name}".`
  const sql = await diffSchema(databaseUrl)
  if (sql === '') return 'The schema files and the newest migration agree: nothing to write.'
  const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14)
  const folder = join(migrationsFolder, `${stamp}_${name}`)
  mkdirSync(folder)
  writeFileSync(join(folder, 'migration.sql'), sql)
  writeFileSync(join(folder, 'schema.prisma'), currentSchema())
  return `Wrote ${folder}/migration.sql. Add checks, grants, row security and partial indexes by hand, then run it.`
}

const HELP = `Usage: node scripts/migrate.ts [options]

Brings the database of DATABASE_URL (the owner) to the newest schema. Run it as often as you like.

  --new NAME   write a new migration from the difference between prisma/schema and the newest migration, apply nothing
  --help       this text

Passwords of the zones' roles are set from ${list(databaseRoles().map(passwordVariable))}
when these are given; otherwise they stay as they are. The owner needs the right to create roles (CREATEROLE), or somebody
who has it creates ${list(databaseRoles())} before.`

/** `a, b and c` */
function list(names: readonly string[]): string {
  return new Intl.ListFormat('en-GB', { type: 'conjunction' }).format(names)
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { new: { type: 'string' }, help: { type: 'boolean' } } })
  if (values.help) return console.log(HELP)
  const databaseUrl = readConfig('migrate', ownerEnvironment()).DATABASE_URL
  if (values.new !== undefined) return console.log(await writeMigration(databaseUrl, values.new))
  const applied = await migrate({
    databaseUrl,
    rolePasswords: passwordsFromEnvironment(),
    onStep: (step) => console.log(`migrate: ${step}`),
  })
  console.log(applied.length === 0 ? 'migrate: nothing was missing' : `migrate: applied ${applied.join(', ')}`)
}

/** Only what this command needs, so that an operator's shell may hold the other zones' variables too. */
function ownerEnvironment(): Record<string, string | undefined> {
  const { SATSTILE_MODE, DATABASE_URL } = process.env
  return { SATSTILE_MODE, DATABASE_URL }
}

/** `satstile_gate` has its password in SATSTILE_GATE_PASSWORD. */
function passwordVariable(role: string): string {
  return `${role.toUpperCase()}_PASSWORD`
}

function passwordsFromEnvironment(): Record<string, string> {
  return Object.fromEntries(
    databaseRoles().flatMap((role) => {
      const password = process.env[passwordVariable(role)]
      return password ? [[role, password]] : []
    }),
  )
}

if (import.meta.main) {
  // The schema engine leaves a timer of ten seconds behind, for which nobody needs to wait.
  main().then(
    () => process.exit(0),
    (cause: unknown) => {
      console.error(`migrate: ${cause instanceof Error ? cause.message : String(cause)}`)
      process.exit(1)
    },
  )
}
