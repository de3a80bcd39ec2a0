/** The built dashboard as its own process, on a fresh database with the demo creator. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { sealKeyOf } from '#lib/crypto.ts'
import { seed } from '#prisma/seed.ts'
import { freePorts } from '#scripts/start/ports.ts'
import { openTestDatabase, type TestDatabase } from './database.ts'
import { openTcpProxy, type TcpProxy } from './tcp-proxy.ts'
import { until } from './until.ts'

const PAYOUT_KEY = Buffer.alloc(32, 11)
/** Both halves of the key with which tests seal to the payouts, as their variables have them. */
export const PAYOUT_KEYS = {
  open: `test:${PAYOUT_KEY.toString('base64')}`,
  seal: `test:${Buffer.from(sealKeyOf(PAYOUT_KEY)).toString('base64')}`,
}

export interface TestWeb {
  /** As in `APP_URL`. */
  readonly origin: string
  /** Where it listens: the public `host`, the `port` on this computer. */
  readonly address: { readonly host: string; readonly port: number }
  readonly database: TestDatabase
  /** Folder of the published content. */
  readonly contentUrl: string
  /** Signs the demo creator in. */
  readonly signInUrl: string
  /** Between the dashboard and its database. */
  readonly databaseDoor: TcpProxy
  /** What the process printed. */
  output(): string
  /** Ends the process and starts it again, on the same port and database. */
  restart(): Promise<void>
  close(): Promise<void>
}

export interface TestWebOptions {
  /** `https://app.example` in production; the default is a development copy on its own port. */
  readonly appUrl?: string
  readonly env?: Readonly<Record<string, string>>
}

/** Starts `next start` of the build in `.next`; call `close` in `afterAll`. */
export async function startTestWeb({ appUrl, env = {} }: TestWebOptions = {}): Promise<TestWeb> {
  const database = await openTestDatabase()
  const dataDir = await mkdtemp(path.join(tmpdir(), 'satstile-web-'))
  const contentUrl = path.join(dataDir, 'content')
  await seed({ databaseUrl: database.ownerUrl, contentUrl })
  const webUrl = new URL(database.webUrl)
  const databaseDoor = await openTcpProxy(webUrl.host)
  webUrl.host = `127.0.0.1:${databaseDoor.port}`
  const [port = 0] = await freePorts(1)
  const origin = appUrl ?? `http://localhost:${port}`
  const signInKey = `development-${randomBytes(32).toString('hex')}`
  const printed: string[] = []
  const start = async () => {
    const child = spawnWeb(port, {
      SATSTILE_MODE: 'development',
      DATA_DIR: dataDir,
      CONTENT_URL: contentUrl,
      DATABASE_URL_WEB: webUrl.href,
      PAYOUT_SEAL_KEY: PAYOUT_KEYS.seal,
      SECRET_SEAL_KEY: `test:${Buffer.alloc(32, 9).toString('base64')}`,
      APP_URL: origin,
      NEXTAUTH_URL: origin,
      NEXTAUTH_SECRET: `development-${randomBytes(32).toString('hex')}`,
      DEV_SIGN_IN_KEY: signInKey,
      ...env,
    })
    child.stdout?.on('data', (chunk) => printed.push(String(chunk)))
    child.stderr?.on('data', (chunk) => printed.push(String(chunk)))
    await until('the dashboard to answer', () => isUp(port, child, printed), { withinMs: 30_000 })
    return child
  }
  let child = await start()
  return {
    origin,
    address: { host: new URL(origin).host, port },
    database,
    contentUrl,
    signInUrl: `${origin}/api/dev/sign-in?key=${signInKey}`,
    databaseDoor,
    output: () => printed.join(''),
    async restart() {
      await end(child)
      child = await start()
    },
    async close() {
      await end(child)
      await databaseDoor.close()
      await database.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

function spawnWeb(port: number, env: Record<string, string>): ChildProcess {
  const next = path.resolve('node_modules/next/dist/bin/next')
  // As scripts/start/plans.ts does it.
  const host = env.SATSTILE_MODE === 'development' ? ['--hostname', '127.0.0.1'] : []
  return spawn(process.execPath, [next, 'start', '--port', String(port), ...host], {
    env: { PATH: process.env.PATH ?? '', NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

async function isUp(port: number, child: ChildProcess, printed: readonly string[]): Promise<boolean> {
  if (child.exitCode !== null) throw new RangeError(`the dashboard ended:\n${printed.join('')}`)
  try {
    return (await fetch(`http://127.0.0.1:${port}/api/health`)).ok
  } catch {
    return false
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  await gone
}
