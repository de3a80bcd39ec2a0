/** What each process may know: its own variables and nothing of another zone (architecture.md §1). */
import { join } from 'node:path'
import { ConfigFault, DEVELOPMENT_CHALLENGE_LIMITS, type ProcessName, readConfig, SCHEMAS } from '#lib/config.ts'
import { plainEnvironment } from '#scripts/build/run-program.ts'
import type { Secrets } from './secrets.ts'
import type { Environment, Settings } from './settings.ts'
import { Stop } from './stop.ts'

export type Zones = Readonly<Record<ProcessName, Readonly<NodeJS.ProcessEnv>>>

const ROLES = {
  DATABASE_URL: 'satstile',
  DATABASE_URL_GATE: 'satstile_gate',
  DATABASE_URL_WEB: 'satstile_web',
  DATABASE_URL_JOBS: 'satstile_jobs',
} as const
const PASSWORDS = {
  DATABASE_URL: 'POSTGRES_PASSWORD',
  DATABASE_URL_GATE: 'POSTGRES_PASSWORD_GATE',
  DATABASE_URL_WEB: 'POSTGRES_PASSWORD_WEB',
  DATABASE_URL_JOBS: 'POSTGRES_PASSWORD_JOBS',
} as const

/** As prisma/seed.ts has it. */
const DEMO_HANDLE = 'harbor'

export const DATABASE_NAME = 'satstile'
export const OWNER_ROLE = ROLES.DATABASE_URL

/**
 * The environment of each process. In development what is not given is filled in from the embedded parts and `secrets`;
 * in production (`secrets` is null) only what the operator gave is there, and what is missing stays missing.
 */
export function makeZones(settings: Settings, secrets: Secrets | null): Zones {
  const known: Environment = {
    ...(secrets !== null && developmentValues(settings, secrets)),
    ...withoutEmpty(settings.env),
    SATSTILE_MODE: settings.mode,
    DATA_DIR: settings.dataDir,
    CONTENT_URL: settings.env.CONTENT_URL || join(settings.dataDir, 'content'),
    ...Object.fromEntries(Object.entries(settings.ports).map(([name, port]) => [name, String(port)])),
  }
  return Object.fromEntries((Object.keys(SCHEMAS) as ProcessName[]).map((name) => [name, zone(name, known)])) as Zones
}

/** The folder in which the dev node keeps its state and puts its certificate and macaroons. */
export function devnodeFolderOf(dataDir: string): string {
  return join(dataDir, 'devnode')
}

/** Throws `Stop` with the faults of every process at once, so that nothing starts on half a configuration. */
export function checkZones(zones: Zones): void {
  const messages = (Object.keys(zones) as ProcessName[]).flatMap((name) => {
    try {
      readConfig(name, zones[name])
      return []
    } catch (cause) {
      if (cause instanceof ConfigFault) return [cause.message]
      throw cause
    }
  })
  if (messages.length > 0) throw new Stop(messages.join('\n'), 78)
}

function zone(name: ProcessName, known: Environment): NodeJS.ProcessEnv {
  const own = Object.keys(SCHEMAS[name].shape).flatMap((variable) =>
    known[variable] === undefined ? [] : [[variable, known[variable]]],
  )
  return { ...plainEnvironment(), ...Object.fromEntries(own) }
}

function withoutEmpty(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
}

function developmentValues(settings: Settings, secrets: Secrets): Environment {
  return {
    ...databaseUrls(settings, secrets),
    ...(settings.devnode && devnodeValues(settings)),
    KEY_ENCRYPTION_KEYS: secrets.KEY_ENCRYPTION_KEYS,
    NEXTAUTH_SECRET: secrets.NEXTAUTH_SECRET,
    DEV_SIGN_IN_KEY: secrets.DEV_SIGN_IN_KEY,
    CHALLENGE_LIMITS: DEVELOPMENT_CHALLENGE_LIMITS,
    NAMED_HOSTS: demoHosts(settings),
  }
}

/** Most programs do not resolve names under `localhost`, so its plain names are the demo creator's. */
function demoHosts({ ports }: Settings): string {
  return ['localhost', '127.0.0.1'].map((host) => `${host}:${ports.GATEWAY_PORT}=${DEMO_HANDLE}`).join(',')
}

/** One URL per role, on the operator's server when DATABASE_URL names one. */
function databaseUrls(settings: Settings, secrets: Secrets): Environment {
  const base = new URL(
    settings.env.DATABASE_URL || `postgresql://127.0.0.1:${settings.ports.POSTGRES_PORT}/${DATABASE_NAME}`,
  )
  return Object.fromEntries(
    (Object.keys(ROLES) as (keyof typeof ROLES)[]).map((name) => {
      const url = new URL(base)
      url.username = ROLES[name]
      url.password = secrets[PASSWORDS[name]]
      return [name, url.href]
    }),
  )
}

function devnodeValues(settings: Settings): Environment {
  const folder = devnodeFolderOf(settings.dataDir)
  return {
    LND_SOCKET: `127.0.0.1:${settings.ports.DEVNODE_PORT}`,
    LND_NETWORK: 'regtest',
    LND_TLS_CERT: join(folder, 'tls.cert'),
    LND_INVOICE_MACAROON: join(folder, 'invoice.macaroon'),
    LND_READ_MACAROON: join(folder, 'read.macaroon'),
    DEMO_WALLET_URL: `http://localhost:${settings.ports.DEMO_WALLET_PORT}`,
  }
}
