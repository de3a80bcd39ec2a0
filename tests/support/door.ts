/** The second door as its own process of Next, on everything that a test gateway stands on. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { build } from '#scripts/build.ts'
import { answers } from '#scripts/start/health.ts'
import { freePorts } from '#scripts/start/ports.ts'
import { type AskOptions, askOnce, type Reply, TEST_OPEN_KEY, type TestGateway } from './gateway.ts'
import { until } from './until.ts'

export interface TestDoor {
  readonly port: number
  /** Host of the demo creator at this door. */
  readonly host: string
  ask(path: string, options?: AskOptions): Promise<Reply>
  /** What the process printed. */
  output(): string
  stop(): Promise<void>
}

/** Starts the build in `.next`, with the door's own part as it is now; stopped before `gateway` is closed. `env`: over what it is told otherwise. */
export async function startTestDoor(gateway: TestGateway, env: Record<string, string> = {}): Promise<TestDoor> {
  await build({ only: ['bundles'] })
  const [port = 0] = await freePorts(1)
  const { database, node } = gateway
  const printed: string[] = []
  const child = spawn(
    process.execPath,
    [resolve('node_modules/next/dist/bin/next'), 'start', '--port', String(port), '--hostname', '127.0.0.1'],
    {
      env: {
        ...{
          PATH: process.env.PATH ?? '',
          NODE_ENV: 'production',
          NEXT_TELEMETRY_DISABLED: '1',
          NEXT_MANUAL_SIG_HANDLE: 'true',
        },
        ...{ SATSTILE_MODE: 'development', WEB_ROLE: 'door', DOOR_PORT: String(port) },
        CONTENT_URL: gateway.contentFolder,
        CREATOR_HOSTS: `*.localhost:${port}`,
        NAMED_HOSTS: `127.0.0.1:${port}=harbor`,
        DATABASE_URL_DOOR: database.doorUrl,
        KEY_ENCRYPTION_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}`,
        SECRET_OPEN_KEYS: `test:${Buffer.from(TEST_OPEN_KEY).toString('base64')}`,
        LND_SOCKET: node.socket,
        LND_TLS_CERT: join(node.dataDir, 'tls.cert'),
        LND_INVOICE_MACAROON: join(node.dataDir, 'invoice.macaroon'),
        CHALLENGE_LIMITS: 'client=1000/10000,network=1000/10000,resource=1000/10000,creator=100%,global=1000/10000',
        EGRESS_ALLOW: '127.0.0.0/8',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  child.stdout.on('data', (chunk) => printed.push(String(chunk)))
  child.stderr.on('data', (chunk) => printed.push(String(chunk)))
  const isOver = () => child.exitCode !== null
  await until('the second door answers', async () => isOver() || (await answers(port, '/_l402/health')), {
    withinMs: 30_000,
  })
  if (isOver()) throw new RangeError(`the second door ended:\n${printed.join('')}`)
  const host = `harbor.localhost:${port}`
  return {
    port,
    host,
    ask: (path, options = {}) => askOnce(port, path, { host, ...options }),
    output: () => printed.join(''),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
    },
  }
}
