/** One embedded Postgres for a whole test run: whoever needs it first starts it, its keeper stops it after the run. */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import { until } from './until.ts'

export interface Cluster {
  port: number
  /** Superuser of the cluster and owner of the test databases. */
  user: string
  password: string
  /** Where files that live as long as the run may be put. */
  folder: string
}

/** The run is Vitest's main process: its workers are children (forks) or threads of it. A plain script is its own run. */
const runPid = process.env.VITEST === undefined || !isMainThread ? process.pid : process.ppid
const folder = join(tmpdir(), `satstile-tests-${runPid}-${beginOf(runPid)}`)

/** When a process began, so that a folder left behind is not taken for that of a later process with the same id. */
function beginOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}

/** The cluster of this run, started by the first caller of all workers; the others wait for it. */
export async function ensureCluster(): Promise<Cluster> {
  if (claimOnce('starting')) startKeeper(folder, runPid)
  await until(
    'Postgres for the tests is ready',
    () => existsSync(join(folder, 'ready.json')) || existsSync(join(folder, 'failed.txt')),
    {
      withinMs: 60_000,
      everyMs: 30,
    },
  )
  if (existsSync(join(folder, 'failed.txt'))) throw new RangeError(readFileSync(join(folder, 'failed.txt'), 'utf8'))
  return { ...(JSON.parse(readFileSync(join(folder, 'ready.json'), 'utf8')) as Omit<Cluster, 'folder'>), folder }
}

/** Whether this process is the first of the run to claim `name`: making a folder is atomic. */
export function claimOnce(name: string): boolean {
  mkdirSync(folder, { recursive: true })
  try {
    mkdirSync(join(folder, name))
    return true
  } catch {
    return false
  }
}

/** Starts an embedded Postgres in `into` that lives until the process `ownerPid` ends. */
function startKeeper(into: string, ownerPid: number): void {
  const keeper = spawn(process.execPath, [join(import.meta.dirname, 'postgres-keeper.ts'), into, String(ownerPid)], {
    detached: true,
    stdio: 'ignore',
  })
  keeper.unref()
}
