/** What the environment and the command line ask of `npm start`, read once; every fault is told at once, by variable. */
import { resolve } from 'node:path'
import { Stop } from './stop.ts'

/** Port variable -> what listens there, and where when nothing is asked. */
export const PORTS = {
  GATEWAY_PORT: { use: 'gateway', port: 8402 },
  WEB_PORT: { use: 'dashboard', port: 3000 },
  DEMO_WALLET_PORT: { use: 'demo wallet', port: 8404 },
  DEMO_UPSTREAM_PORT: { use: 'demo upstream', port: 8405 },
  DEVNODE_PORT: { use: 'dev node', port: 10_009 },
  POSTGRES_PORT: { use: 'database', port: 5480 },
} as const

export type PortName = keyof typeof PORTS
export type Environment = Readonly<Record<string, string | undefined>>

export interface Settings {
  readonly mode: 'development' | 'production'
  /** Absolute path. */
  readonly dataDir: string
  readonly ports: Readonly<Record<PortName, number>>
  /** Of the second door; `null`: none is wanted. */
  readonly doorPort: number | null
  /** False when DATABASE_URL names a database of the operator. */
  readonly embeddedPostgres: boolean
  /** False when LND_SOCKET names a node of the operator. */
  readonly devnode: boolean
  /** The environment with the addresses that follow from the ports filled in. */
  readonly env: Environment
}

/** Reads the environment; throws `Stop` with one line for each fault. */
export function readSettings(env: Environment): Settings {
  const faults: string[] = []
  const mode = env.SATSTILE_MODE || 'development'
  if (mode !== 'development' && mode !== 'production')
    faults.push(`SATSTILE_MODE is "${mode}"; expected development or production`)
  const ports = Object.fromEntries(portNames().map((name) => [name, readPort(name, env, faults)])) as Record<
    PortName,
    number
  >
  const doorPort = env.DOOR_PORT ? parsePort('DOOR_PORT', env.DOOR_PORT, { use: 'second door', faults }) : null
  faults.push(...samePorts({ ...ports, ...(doorPort !== null && { DOOR_PORT: doorPort }) }))
  if (faults.length > 0)
    throw new Stop(
      `Satstile cannot start with these settings:\n${faults.map((fault) => `  - ${fault}`).join('\n')}\nSee "npm start -- --help".`,
    )
  const isDevelopment = mode === 'development'
  return {
    mode: isDevelopment ? 'development' : 'production',
    dataDir: resolve(env.DATA_DIR || '.data'),
    ports,
    doorPort,
    embeddedPostgres: isDevelopment && !env.DATABASE_URL,
    devnode: isDevelopment && !env.LND_SOCKET,
    env: withAddresses(env, ports),
  }
}

function portNames(): PortName[] {
  return Object.keys(PORTS) as PortName[]
}

/** The demo upstream is beside the demo wallet, so that whoever moves the ports of a second copy moves it too. */
function presetOf(name: PortName, env: Environment): number {
  const wallet = Number(env.DEMO_WALLET_PORT || Number.NaN)
  if (name !== 'DEMO_UPSTREAM_PORT' || !Number.isInteger(wallet)) return PORTS[name].port
  return wallet < 65_535 ? wallet + 1 : wallet - 1
}

function readPort(name: PortName, env: Environment, faults: string[]): number {
  return parsePort(name, env[name] || String(presetOf(name, env)), { use: PORTS[name].use, faults })
}

function parsePort(name: string, text: string, { use, faults }: { use: string; faults: string[] }): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535) return port
  faults.push(`${name} is "${text.slice(0, 40)}"; expected a port from 1 to 65535 for the ${use}`)
  return 0
}

function samePorts(ports: Readonly<Record<string, number>>): string[] {
  const names = Object.keys(ports)
  return names.flatMap((name, index) =>
    names
      .slice(index + 1)
      .filter((other) => ports[name] !== 0 && ports[other] === ports[name])
      .map((other) => `${name} and ${other} are both ${ports[name]}; each needs a port of its own`),
  )
}

function withAddresses(env: Environment, ports: Record<PortName, number>): Environment {
  const appUrl = env.APP_URL || `http://localhost:${ports.WEB_PORT}`
  return {
    ...env,
    APP_URL: appUrl,
    NEXTAUTH_URL: env.NEXTAUTH_URL || appUrl,
    CREATOR_HOSTS: env.CREATOR_HOSTS || `*.localhost:${ports.GATEWAY_PORT}`,
  }
}

/** The text of `npm start -- --help`. */
export function helpText(): string {
  const ports = portNames().map(
    (name) => `  ${name.padEnd(20)}${String(PORTS[name].port).padEnd(8)}port of the ${PORTS[name].use}`,
  )
  return `Usage: npm start [-- options]

Starts Satstile: database, Lightning node, gateway, dashboard, workers and payouts, under one supervisor. Ctrl-C ends all of it.

Options:
  --env-file FILE   read variables from FILE first; what the environment already has wins
  --no-build        use the last build as it is
  --help            this text

Variables (all of them: .env.example):
  DATA_DIR          .data   folder for everything that is kept; another folder and other ports make another copy
${ports.join('\n')}
  DOOR_PORT                 when set, a second door through Next listens there (docs/second-door.md)
  SATSTILE_MODE     development, or production: with the secrets and the lnd that you give, without demo parts
  LOG_LEVEL         info    debug, info, warn or error; logs are in DATA_DIR/logs
  DATABASE_URL              your own Postgres (owner) instead of the embedded one
  LND_SOCKET                your own lnd instead of the dev node, with LND_TLS_CERT, LND_NETWORK and the macaroons`
}
