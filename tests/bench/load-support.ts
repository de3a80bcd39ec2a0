/** Real programs under load: begun, asked, loaded, and how much of the processor each of them took. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import autocannon from 'autocannon'
import { DEVELOPMENT_TOKEN_LIMITS } from '#lib/config.ts'
import { GATEWAY_FLAGS } from '#scripts/start/plans.ts'

const root = join(import.meta.dirname, '../..')

export interface Answer {
  readonly status: number
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
}

export interface Program {
  readonly name: string
  readonly port: number
  readonly pid: number
  end(): void
}

/** Starts a program that prints `ready`, and rejects with what it said when it ends instead. */
export async function begin(
  name: string,
  port: number,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Program> {
  const child: ChildProcess = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  await new Promise<void>((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      said += chunk.toString()
      if (/^ready$/m.test(said)) resolve()
    }
    child.stdout?.on('data', listen)
    child.stderr?.on('data', listen)
    child.once('exit', () => reject(new TypeError(`${name} ended: ${said}`)))
  })
  child.removeAllListeners('exit')
  return { name, port, pid: child.pid ?? 0, end: () => void child.kill('SIGTERM') }
}

export interface GatewayPlan {
  readonly port: number
  readonly databaseUrl: string
  readonly contentFolder: string
  readonly node: { readonly socket: string; readonly cert: string; readonly macaroon: string }
  /** Folder for a CPU profile. */
  readonly profile?: string | undefined
  /** `EGRESS_ALLOW`: where upstreams listen. */
  readonly egressAllow?: string
}

/** The built gateway, with limits that no load of ours reaches. */
export function beginGateway({
  port,
  databaseUrl,
  contentFolder,
  node,
  profile,
  egressAllow = '',
}: GatewayPlan): Promise<Program> {
  const flags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
  return begin('gateway', port, [...GATEWAY_FLAGS, ...flags, join(root, 'dist/gateway.mjs')], {
    SATSTILE_MODE: 'development',
    LOG_LEVEL: 'error',
    CONTENT_URL: contentFolder,
    CREATOR_HOSTS: `*.localhost:${port}`,
    DATABASE_URL_GATE: databaseUrl,
    KEY_ENCRYPTION_KEYS: `bench:${Buffer.alloc(32, 7).toString('base64')}`,
    SECRET_OPEN_KEYS: `bench:${Buffer.alloc(32, 9).toString('base64')}`,
    LND_SOCKET: node.socket,
    LND_TLS_CERT: node.cert,
    LND_INVOICE_MACAROON: node.macaroon,
    GATEWAY_PORT: String(port),
    EGRESS_ALLOW: egressAllow,
    CHALLENGE_LIMITS:
      'client=1000000/9000000,network=1000000/9000000,resource=1000000/9000000,creator=100%,global=1000000/9000000',
    TOKEN_LIMITS: DEVELOPMENT_TOKEN_LIMITS,
  })
}

/** One GET of `/tides` over a connection of its own. */
export function ask(port: number, headers: Record<string, string>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const req = httpRequest({ host: '127.0.0.1', port, path: '/tides', headers, agent: false }, (res) => {
      const chunks: Buffer[] = []
      res.on('data', (chunk: Buffer) => chunks.push(chunk))
      res.on('end', () =>
        resolve({ status: res.statusCode ?? 0, rawHeaders: res.rawHeaders, body: Buffer.concat(chunks) }),
      )
    })
    req.once('error', reject)
    req.end()
  })
}

export function headerOf({ rawHeaders }: Answer, name: string): string {
  const at = rawHeaders.findIndex((field, index) => index % 2 === 0 && field.toLowerCase() === name)
  return at === -1 ? '' : (rawHeaders[at + 1] ?? '')
}

export interface Load {
  readonly seconds: number
  /** One of each answer, in no order. */
  readonly latenciesMs: readonly number[]
}

/** GETs of `/tides` from `connections` at once; throws when a single answer has another status, since then nothing was measured. */
export async function load(
  program: Program,
  input: { headers: Record<string, string>; status: number; connections: number; seconds: number },
): Promise<Load> {
  const latenciesMs: number[] = []
  const result = await autocannon({
    url: `http://127.0.0.1:${program.port}/tides`,
    connections: input.connections,
    duration: input.seconds,
    headers: input.headers,
    setupClient: (client) => {
      client.on('response', (status, _bytes, responseMs) => {
        if (status !== input.status) throw new TypeError(`${program.name}: expected ${input.status}, got ${status}`)
        latenciesMs.push(responseMs)
      })
    },
  })
  return { seconds: result.duration, latenciesMs }
}

/** The value that `share` of all values are not above. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN
}

const TICK_US = 10_000

/** Fields of /proc/<pid>/stat from the third on (proc(5)). */
function statOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
}

/** CPU of a process so far in microseconds, user and system. */
export function cpuUs(pid: number): number {
  const [user, system] = statOf(pid).slice(11, 13)
  return (Number(user) + Number(system)) * TICK_US
}

/** As `cpuUs`, with the children of the process, those that ended included; Postgres is one for each connection. */
export function familyCpuUs(pid: number): number {
  const [user, system, endedUser, endedSystem] = statOf(pid).slice(11, 15)
  const own = [user, system, endedUser, endedSystem].reduce((sum, ticks) => sum + Number(ticks), 0) * TICK_US
  const living = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(Number(name)) === pid)
    .map((name) => orEnded(() => cpuUs(Number(name))) ?? 0)
  return living.reduce((sum, us) => sum + us, own)
}

const parentOf = (pid: number) => orEnded(() => Number(statOf(pid)[1]))

/** `null`: the process ended meanwhile. */
function orEnded(read: () => number): number | null {
  try {
    return read()
  } catch {
    return null
  }
}

/** CPU that the whole machine spent so far, on whatever, in microseconds (proc(5): all of the first line but idle and iowait). */
export function machineCpuUs(): number {
  const [user, nice, system, , , ...interrupts] = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '')
    .trim()
    .split(/\s+/)
    .slice(1, 9)
    .map(Number)
  return [user, nice, system, ...interrupts].reduce((sum: number, ticks) => sum + (ticks ?? 0), 0) * TICK_US
}

export function memoryMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}
