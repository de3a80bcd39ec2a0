/** The workers as a process of their own, that a test can kill, stop and start again. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { MoneyWorld } from './money-world.ts'
import { until } from './until.ts'

export interface WorkerProcess {
  /** What it said so far. */
  readonly output: () => string
  readonly isAlive: () => boolean
  /** Resolves with the exit code, `null` when a signal ended it. */
  readonly ended: Promise<number | null>
  signal(name: NodeJS.Signals): void
}

const PROGRAM = join(import.meta.dirname, '../../workers/main.ts')

/** Starts the workers and waits for `ready`; `databaseUrl` when something stands between. */
export async function startWorkerProcess(
  world: Pick<MoneyWorld, 'database' | 'node'>,
  options: { databaseUrl?: string; socket?: string; env?: Record<string, string>; awaitReady?: boolean } = {},
): Promise<WorkerProcess> {
  const child = spawn(process.execPath, [PROGRAM], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH ?? '',
      NODE_ENV: 'test',
      SATSTILE_MODE: 'development',
      DATABASE_URL_JOBS: options.databaseUrl ?? world.database.jobsUrl,
      LND_SOCKET: options.socket ?? world.node.socket,
      LND_TLS_CERT: join(world.node.dataDir, 'tls.cert'),
      LND_READ_MACAROON: join(world.node.dataDir, 'read.macaroon'),
      LOG_LEVEL: 'debug',
      ...options.env,
    },
  })
  const worker = observe(child)
  if (options.awaitReady !== false) {
    await until('the workers are ready', () => /^ready$/m.test(worker.output()) || !worker.isAlive(), {
      withinMs: 20_000,
    })
    if (!worker.isAlive()) throw new RangeError(`the workers ended: ${worker.output()}`)
  }
  return worker
}

function observe(child: ChildProcess): WorkerProcess {
  let said = ''
  const listen = (chunk: Buffer) => {
    said += chunk.toString()
  }
  child.stdout?.on('data', listen)
  child.stderr?.on('data', listen)
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  return {
    output: () => said,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    ended,
    signal: (name) => void child.kill(name),
  }
}
