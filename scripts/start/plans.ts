/** What the processes of a copy are: how each is begun, and how one knows that it answers. */
import { join } from 'node:path'
import { ROLES, type Role, type RoleName, type Roles } from '#lib/config.ts'
import { plainEnvironment } from '#scripts/build/run-program.ts'
import type { ChildPlan } from './child.ts'
import { answers } from './health.ts'
import { isServerReady, prepareCluster } from './postgres.ts'
import { isServerAnswering } from './postgres-files.ts'
import type { Settings } from './settings.ts'
import { devnodeFolderOf, isWanted, type Zones } from './zones.ts'

const root = join(import.meta.dirname, '../..')
const GRACE_MS = 2_000
/** Longer than the guardian's own last resort (guardian.ts). */
const POSTGRES_GRACE_MS = 2_800

/**
 * Of Node. What a gateway keeps is bounded (about 500 MB when everything is full), and V8 lets garbage grow in proportion to
 * the heap that it may have: of 4 GB, its usual on larger machines, 1.5 GB were used for 0.4 (docs/capacity.md).
 */
export const GATEWAY_FLAGS: readonly string[] = ['--max-old-space-size=1024']

const logFile = (settings: Settings, name: string) => join(settings.dataDir, 'logs', `${name}.log`)

export function clusterOf(dataDir: string): string {
  return join(dataDir, 'postgres')
}

/** Postgres under its guardian. Every start looks first for a server that a killed guardian left behind. */
export function postgresPlan(settings: Settings, password: string, signal: AbortSignal): ChildPlan {
  const cluster = clusterOf(settings.dataDir)
  const options = {
    cluster,
    port: settings.ports.POSTGRES_PORT,
    owner: ROLES.migrate.database.role,
    password,
    logFile: logFile(settings, 'postgres'),
    signal,
  }
  return {
    name: 'postgres',
    program: async () => [join(root, 'scripts/start/guardian.ts'), JSON.stringify(await prepareCluster(options))],
    env: plainEnvironment(),
    isReady: (life) => isServerReady(cluster, life.serverPid),
    isAnswering: () => isServerAnswering(options.port),
    logFile: logFile(settings, 'postgres-guardian'),
    graceMs: POSTGRES_GRACE_MS,
  }
}

export function devnodePlan(settings: Settings): ChildPlan {
  const { DEVNODE_PORT: port, DEMO_WALLET_PORT: walletPort, DEMO_UPSTREAM_PORT: upstreamPort } = settings.ports
  const flags = [
    '--data-dir',
    devnodeFolderOf(settings.dataDir),
    '--port',
    String(port),
    '--wallet-port',
    String(walletPort),
    '--upstream-port',
    String(upstreamPort),
  ]
  return {
    name: 'devnode',
    program: async () => [join(root, 'dist/devnode.mjs'), ...flags],
    env: { ...plainEnvironment(), SATSTILE_MODE: settings.mode },
    isReady: (life) => life.saidReady && answers(walletPort, '/health'),
    logFile: logFile(settings, 'devnode'),
    graceMs: GRACE_MS,
  }
}

/** The processes that make up Satstile itself, one for each role that has one, with its own variables and no other's. */
export function zonePlans(settings: Settings, zones: Zones, roles: Roles = ROLES): ChildPlan[] {
  const programs = zonePrograms(settings)
  return Object.entries(roles).flatMap(([name, { process }]) => {
    const zone = zones[name as RoleName]
    if (process === null || !isWanted(zone)) return []
    const { env, ...program } = programs[process](name)
    return [{ name, env: { ...zone, ...env }, logFile: logFile(settings, name), graceMs: GRACE_MS, ...program }]
  })
}

/** `env`: beside the variables of the role, for whatever runs it. */
type ProgramPlan = Pick<ChildPlan, 'program' | 'isReady'> & { readonly env?: Readonly<Record<string, string>> }

type Programs = Record<NonNullable<Role['process']>, (role: string) => ProgramPlan>

function zonePrograms({ ports, mode, doorPort }: Settings): Programs {
  const { GATEWAY_PORT, WEB_PORT } = ports
  const next = join(root, 'node_modules/next/dist/bin/next')
  // The mailbox page is open to whoever reaches the port, so in development that is this computer only.
  const host = mode === 'development' ? ['--hostname', '127.0.0.1'] : []
  return {
    gateway: () => ({
      program: async () => [...GATEWAY_FLAGS, join(root, 'dist/gateway.mjs')],
      isReady: (life) => life.saidReady && answers(GATEWAY_PORT, '/_l402/health'),
    }),
    web: () => ({
      program: async () => [next, 'start', '--port', String(WEB_PORT), ...host],
      isReady: () => answers(WEB_PORT, '/api/health'),
    }),
    door: () => ({
      program: async () => [...GATEWAY_FLAGS, next, 'start', '--port', String(doorPort), ...host],
      isReady: () => answers(doorPort ?? 0, '/_l402/health'),
      // It drains by itself: what waits to be written is written before it ends.
      env: { NEXT_MANUAL_SIG_HANDLE: 'true' },
    }),
    // One program for every role that works in the background; it is told which one it is.
    workers: (role) => ({
      program: async () => [join(root, 'dist/workers.mjs'), role],
      isReady: (life) => life.saidReady,
    }),
  }
}
