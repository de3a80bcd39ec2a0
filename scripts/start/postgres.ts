/** Embedded Postgres of one data folder: made once, and ready to be run under its guardian. */
import { spawn } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import pg from 'pg'
import { plainEnvironment } from '#scripts/build/run-program.ts'
import type { GuardianOrder } from './guardian.ts'
import { clearLeftover, programFolder, readPidFile } from './postgres-files.ts'
import { chooseUser, type RunAs } from './postgres-user.ts'
import { Stop } from './stop.ts'

interface ClusterOptions {
  /** Absolute path of the cluster's folder. */
  readonly cluster: string
  readonly port: number
  readonly owner: string
  readonly password: string
  readonly logFile: string
  /** Over our own settings of the server. */
  readonly settings?: Readonly<Record<string, string>>
  readonly initdbFlags?: readonly string[]
  /** Ends a running `initdb` when somebody asks for the end. */
  readonly signal?: AbortSignal
}

/**
 * Makes the cluster when there is none, ends a server that was left behind in it, and answers how the guardian shall run
 * it. `Stop` when this machine cannot run Postgres here.
 */
export async function prepareCluster(options: ClusterOptions): Promise<GuardianOrder> {
  const programs = programFolder()
  const runAs = chooseUser({ cluster: options.cluster, programs })
  if (existsSync(join(options.cluster, 'PG_VERSION'))) await clearLeftover(options.cluster)
  else await initialise(options, { programs, runAs })
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    log_min_messages: 'warning',
    ...options.settings,
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const command = [
    ...runAs.prefix,
    join(programs, 'postgres'),
    '-D',
    options.cluster,
    '-p',
    String(options.port),
    ...flags,
  ]
  return { program: command[0] ?? '', arguments: command.slice(1), spawnAs: runAs.spawnAs, logFile: options.logFile }
}

/** Runs `initdb` beside the final place and renames, so that a cluster which is there is whole. */
async function initialise(
  options: ClusterOptions,
  { programs, runAs }: { programs: string; runAs: RunAs },
): Promise<void> {
  const folder = dirname(options.cluster)
  const started = `${basename(options.cluster)}.new`
  for (const name of readdirSync(folder))
    if (name.startsWith(started)) rmSync(join(folder, name), { recursive: true, force: true })
  const fresh = join(folder, started)
  const passwordFile = `${fresh}.password`
  mkdirSync(fresh, { mode: 0o700 })
  writeFileSync(passwordFile, `${options.password}\n`, { mode: 0o600 })
  if (runAs.owner) for (const path of [fresh, passwordFile]) chownSync(path, runAs.owner.uid, runAs.owner.gid)
  const flags = [
    '--auth=scram-sha-256',
    `--username=${options.owner}`,
    `--pwfile=${passwordFile}`,
    '--encoding=UTF8',
    '--locale=C',
    ...(options.initdbFlags ?? []),
  ]
  try {
    await runInitdb([...runAs.prefix, join(programs, 'initdb'), `--pgdata=${fresh}`, ...flags], {
      runAs,
      signal: options.signal,
    })
    renameSync(fresh, options.cluster)
  } finally {
    rmSync(passwordFile, { force: true })
  }
}

async function runInitdb(
  command: readonly string[],
  { runAs, signal }: { runAs: RunAs; signal: AbortSignal | undefined },
): Promise<void> {
  const child = spawn(command[0] ?? '', command.slice(1), {
    ...runAs.spawnAs,
    ...(signal && { signal }),
    env: { ...plainEnvironment(), LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said: string[] = []
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => said.push(text))
  const code = await new Promise<number | null | Error>((resolve) => {
    child.once('error', resolve)
    child.once('close', resolve)
  })
  if (signal?.aborted)
    throw new Stop('Interrupted while the database was being made. Start again: it begins there from scratch.', 130)
  if (code === 0) return
  throw new Stop(
    `Postgres could not make its database: ${code instanceof Error ? code.message : said.join('').trim().split('\n').slice(-6).join('\n')}`,
  )
}

/** Whether the server with this process id takes connections; the file of a killed server may still say so of another. */
export function isServerReady(cluster: string, pid: number | null): boolean {
  const found = readPidFile(cluster)
  return found !== null && found.pid === pid && found.ready
}

/** Makes the database when the cluster does not have it yet. */
export async function ensureDatabase(ownerUrl: string): Promise<void> {
  const url = new URL(ownerUrl)
  const name = url.pathname.slice(1)
  url.pathname = '/postgres'
  const client = new pg.Client({ connectionString: url.href, connectionTimeoutMillis: 5_000 })
  await client.connect()
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name])
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`)
  } finally {
    await client.end()
  }
}
