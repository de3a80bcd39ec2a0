/**
 * Keeps one embedded Postgres alive for exactly as long as the process that asked for it: started beside a test run,
 * it stops the database and removes its folder when the run is gone, however it ended.
 * Arguments: folder, id of the owner's process. Writes `ready.json` or `failed.txt` into the folder.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePorts } from '#scripts/start/ports.ts'
import { isServerReady, prepareCluster } from '#scripts/start/postgres.ts'

const [folder = '', owner = ''] = process.argv.slice(2)
const POLL_MS = 200
const OWNER_PASSWORD = 'owner-of-the-test-database'

/** As `npm start` runs it, so that tests run wherever that does: as root, and in a clone that other users cannot enter. */
async function start(): Promise<ChildProcess> {
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o755)
  const [port = 0] = await freePorts(1)
  const cluster = join(folder, 'cluster')
  const logFile = join(folder, 'postgres.log')
  const order = await prepareCluster({
    cluster,
    port,
    owner: 'owner',
    password: OWNER_PASSWORD,
    logFile,
    settings: { max_connections: '400' },
    initdbFlags: ['--no-sync'],
  })
  const log = openSync(logFile, 'a')
  const postgres = spawn(order.program, order.arguments, { ...order.spawnAs, stdio: ['ignore', log, log] })
  while (!isServerReady(cluster, postgres.pid ?? null)) {
    if (postgres.exitCode !== null)
      throw new RangeError(`Postgres did not start: ${readFileSync(logFile, 'utf8').slice(-500)}`)
    await pause(POLL_MS / 10)
  }
  const temporary = join(folder, 'ready.tmp')
  writeFileSync(temporary, JSON.stringify({ port, user: 'owner', password: OWNER_PASSWORD }))
  renameSync(temporary, join(folder, 'ready.json'))
  return postgres
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Ends when the owner's process has ended or somebody asks for it; tests leave nothing worth a clean shutdown. */
async function keep(postgres: ChildProcess): Promise<void> {
  const ownerPid = Number(owner)
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      if (isAlive(ownerPid)) return
      clearInterval(timer)
      resolve()
    }, POLL_MS)
  })
  const gone = once(postgres, 'exit')
  if (postgres.kill('SIGINT')) await gone
  rmSync(folder, { recursive: true, force: true })
}

start().then(keep, (cause) => {
  writeFileSync(join(folder, 'failed.txt'), String(cause))
  process.exitCode = 1
})
