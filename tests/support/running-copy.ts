/** A whole copy of Satstile as `npm start` runs it, on free ports and in a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { freePorts } from '#scripts/start/ports.ts'

export type ProcessName = 'supervisor' | 'postgres' | 'devnode' | 'gateway' | 'web' | 'workers' | 'payouts'

/** What `npm start` writes when everything answers. */
export interface RunFile {
  readonly app: string
  readonly gateway: string
  readonly wallet: string
  readonly articles: readonly string[]
  readonly file: string
  readonly api: string
  readonly stream: string
  readonly grpc: string
  readonly signIn: string
  /** The second door, when it was asked for. */
  readonly door?: string
  readonly pids: Readonly<Record<ProcessName, number>> & { readonly door?: number }
}

export interface RunningCopy {
  readonly dataDir: string
  /** The run file as it is now, or `null` while it is being replaced or the copy is down. */
  read(): Promise<RunFile | null>
  /** Ctrl-C, then waits until the supervisor has ended. */
  stop(): Promise<void>
  /** kill -9 of the supervisor. */
  kill(): Promise<void>
  /** What it printed so far. */
  output(): string
}

/** A clone that others may not enter has a Node of its own. */
const NODE = 'node_modules/node/bin/node'
const READY_WITHIN_MS = 150_000
const PORT_VARIABLES = [
  'GATEWAY_PORT',
  'WEB_PORT',
  'POSTGRES_PORT',
  'DEVNODE_PORT',
  'DEMO_WALLET_PORT',
  'DEMO_UPSTREAM_PORT',
] as const

/** Starts a copy and waits until it is ready; throws with what it printed when it is not. `ports` are kept between starts. */
export async function startCopy(options: {
  dataDir: string
  ports?: Record<string, string>
  env?: Record<string, string>
  /** Another clone than this one, already built. */
  clone?: string
  /** The system user to run it as; this one when left out. */
  user?: { uid: number; gid: number }
}): Promise<RunningCopy> {
  const ports = options.ports ?? (await portVariables())
  const [node, script, ...flags] =
    options.clone === undefined
      ? [process.execPath, path.resolve('scripts/start.ts')]
      : [path.join(options.clone, NODE), path.join(options.clone, 'scripts/start.ts'), '--no-build']
  const child = spawn(node, [script, ...flags], {
    ...options.user,
    env: { ...process.env, ...ports, ...options.env, DATA_DIR: options.dataDir, SATSTILE_MODE: 'development' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const printed: string[] = []
  child.stdout.on('data', (chunk) => printed.push(String(chunk)))
  child.stderr.on('data', (chunk) => printed.push(String(chunk)))
  const copy: RunningCopy = {
    dataDir: options.dataDir,
    read: () => readRunFile(options.dataDir),
    stop: () => end(child, 'SIGINT'),
    kill: () => end(child, 'SIGKILL'),
    output: () => printed.join(''),
  }
  const deadline = Date.now() + READY_WITHIN_MS
  while (!((await copy.read())?.pids.supervisor === child.pid)) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL')
      throw new RangeError(`the copy did not start:\n${copy.output()}`)
    }
    await pause(100)
  }
  return copy
}

/** One free port for each port variable, so that copies run side by side. */
export async function portVariables(): Promise<Record<string, string>> {
  const ports = await freePorts(PORT_VARIABLES.length)
  return Object.fromEntries(PORT_VARIABLES.map((name, index) => [name, String(ports[index])]))
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

async function readRunFile(dataDir: string): Promise<RunFile | null> {
  try {
    return JSON.parse(await readFile(path.join(dataDir, 'run.json'), 'utf8')) as RunFile
  } catch {
    return null
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill(signal)
  await gone
}
