/** What each process may know: its own variables and nothing of another zone (architecture.md §1). */
import { join } from 'node:path'
import {
  ConfigFault,
  DEVELOPMENT_CHALLENGE_LIMITS,
  DEVELOPMENT_TOKEN_LIMITS,
  ROLES,
  type Role,
  type RoleName,
  type Roles,
  readRole,
} from '#lib/config.ts'
import { sealKeyOf } from '#lib/crypto.ts'
import { plainEnvironment } from '#scripts/build/run-program.ts'
import { passwordNameOf, type Secrets } from './secrets.ts'
import type { Environment, Settings } from './settings.ts'
import { Stop } from './stop.ts'

/** Role -> environment of its process; empty for one that runs only when asked for and was not. */
export type Zones = Readonly<Record<RoleName, Readonly<NodeJS.ProcessEnv>>>

/** As prisma/seed.ts has it. */
const DEMO_HANDLE = 'harbor'

const DATABASE_NAME = 'satstile'

/**
 * The environment of each role, of ours when `roles` is left out. In development what is not given is filled in from the embedded parts and `secrets`;
 * in production (`secrets` is null) only what the operator gave is there, and what is missing stays missing.
 */
export function makeZones(settings: Settings, secrets: Secrets | null, roles: Roles = ROLES): Zones {
  const known: Environment = {
    ...(secrets !== null && developmentValues(settings, secrets, roles)),
    ...withoutEmpty(settings.env),
    SATSTILE_MODE: settings.mode,
    DATA_DIR: settings.dataDir,
    CONTENT_URL: settings.env.CONTENT_URL || join(settings.dataDir, 'content'),
    ...Object.fromEntries(Object.entries(settings.ports).map(([name, port]) => [name, String(port)])),
  }
  const isAskedFor = ({ onlyWith }: Role) => onlyWith === undefined || known[onlyWith] !== undefined
  return Object.fromEntries(
    Object.entries(roles).map(([name, role]) => {
      const own = name === 'door' ? doorValues(settings, secrets) : {}
      return [name, isAskedFor(role) ? zone(role, { ...known, ...own }) : {}]
    }),
  ) as Zones
}

/** Whether `npm start` runs this role now. */
export function isWanted(zone: Readonly<NodeJS.ProcessEnv>): boolean {
  return Object.keys(zone).length > 0
}

/** In development it has hosts of its own beside the gateway's, so that both can be asked; `localhost` is left for the API. */
function doorValues({ env }: Settings, secrets: Secrets | null): Environment {
  const hosts = {
    CREATOR_HOSTS: `*.localhost:${env.DOOR_PORT}`,
    NAMED_HOSTS: `127.0.0.1:${env.DOOR_PORT}=${DEMO_HANDLE}`,
  }
  return { WEB_ROLE: 'door', ...(secrets !== null && hosts) }
}

/** The folder in which the dev node keeps its state and puts its certificate and macaroons. */
export function devnodeFolderOf(dataDir: string): string {
  return join(dataDir, 'devnode')
}

/** Throws `Stop` with the faults of every process at once, so that nothing starts on half a configuration. */
export function checkZones(zones: Zones, roles: Roles = ROLES): void {
  const messages = Object.entries(zones).flatMap(([name, env]) => {
    if (!isWanted(env)) return []
    try {
      readRole(roles, name, env)
      return []
    } catch (cause) {
      if (cause instanceof ConfigFault) return [cause.message]
      throw cause
    }
  })
  if (messages.length > 0) throw new Stop(messages.join('\n'), 78)
}

function zone({ schema }: Role, known: Environment): NodeJS.ProcessEnv {
  const own = Object.keys(schema.shape).flatMap((variable) =>
    known[variable] === undefined ? [] : [[variable, known[variable]]],
  )
  return { ...plainEnvironment(), ...Object.fromEntries(own) }
}

function withoutEmpty(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
}

function developmentValues(settings: Settings, secrets: Secrets, roles: Roles): Environment {
  return {
    ...databaseUrls(settings, secrets, roles),
    ...(settings.devnode && devnodeValues(settings, roles)),
    KEY_ENCRYPTION_KEYS: secrets.KEY_ENCRYPTION_KEYS,
    SECRET_OPEN_KEYS: secrets.SECRET_OPEN_KEYS,
    SECRET_SEAL_KEY: sealKeyFor(secrets.SECRET_OPEN_KEYS),
    PAYOUT_OPEN_KEYS: secrets.PAYOUT_OPEN_KEYS,
    PAYOUT_SEAL_KEY: sealKeyFor(secrets.PAYOUT_OPEN_KEYS),
    PAYOUT_COOLDOWN_SECONDS: '0',
    NEXTAUTH_SECRET: secrets.NEXTAUTH_SECRET,
    DEV_SIGN_IN_KEY: secrets.DEV_SIGN_IN_KEY,
    CHALLENGE_LIMITS: DEVELOPMENT_CHALLENGE_LIMITS,
    NAMED_HOSTS: demoHosts(settings),
    TOKEN_LIMITS: DEVELOPMENT_TOKEN_LIMITS,
    RATE_SOURCES: recordedRates(),
  }
}

/** No computer is asked for rates in development: these were written down once, and never age. */
function recordedRates(): string {
  return `recorded=${new URL('../../devnode/recorded-rates.json', import.meta.url).href}#rates.*`
}

/** The public half of a named key. */
function sealKeyFor(openKey: string): string {
  const [id = '', key = ''] = openKey.split(':')
  return `${id}:${Buffer.from(sealKeyOf(Buffer.from(key, 'base64'))).toString('base64')}`
}

/** Most programs do not resolve names under `localhost`, so its plain names are the demo creator's. */
function demoHosts({ ports }: Settings): string {
  return ['localhost', '127.0.0.1'].map((host) => `${host}:${ports.GATEWAY_PORT}=${DEMO_HANDLE}`).join(',')
}

/** One URL per role, on the operator's server when DATABASE_URL names one. */
function databaseUrls(settings: Settings, secrets: Secrets, roles: Roles): Environment {
  const base = new URL(
    settings.env.DATABASE_URL || `postgresql://127.0.0.1:${settings.ports.POSTGRES_PORT}/${DATABASE_NAME}`,
  )
  return Object.fromEntries(
    Object.values(roles).map(({ database }) => {
      const url = new URL(base)
      url.username = database.role
      url.password = secrets[passwordNameOf(database.url)] ?? ''
      return [database.url, url.href]
    }),
  )
}

function devnodeValues(settings: Settings, roles: Roles): Environment {
  const folder = devnodeFolderOf(settings.dataDir)
  return {
    LND_SOCKET: `127.0.0.1:${settings.ports.DEVNODE_PORT}`,
    LND_NETWORK: 'regtest',
    LND_TLS_CERT: join(folder, 'tls.cert'),
    DEMO_WALLET_URL: `http://localhost:${settings.ports.DEMO_WALLET_PORT}`,
    EGRESS_ALLOW: `127.0.0.1:${settings.ports.DEMO_UPSTREAM_PORT}`,
    ...macaroons(roles, folder),
  }
}

/** The dev node writes one macaroon for each right: LND_READ_MACAROON is `read.macaroon`. */
function macaroons(roles: Roles, folder: string): Environment {
  const names = Object.values(roles).flatMap(({ secrets }) => secrets.map((name) => /^LND_(\w+)_MACAROON$/.exec(name)))
  return Object.fromEntries(
    names.flatMap((found) => (found === null ? [] : [[found[0], join(folder, `${found[1]?.toLowerCase()}.macaroon`)]])),
  )
}
