/** What the processes of a copy are: how each is begun, and how one knows that it answers. */
import { join } from 'node:path'
import { plainEnvironment } from '#scripts/build/run-program.ts'
import type { ChildPlan } from './child.ts'
import { answers } from './health.ts'
import { isServerReady, prepareCluster } from './postgres.ts'
import type { Settings } from './settings.ts'
import { devnodeFolderOf, OWNER_ROLE, type Zones } from './zones.ts'

const root = join(import.meta.dirname, '../..')
const GRACE_MS = 2_000
/** Longer than the guardian's own last resort (guardian.ts). */
const POSTGRES_GRACE_MS = 2_800

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
    owner: OWNER_ROLE,
    password,
    logFile: logFile(settings, 'postgres'),
    signal,
  }
  return {
    name: 'postgres',
    program: async () => [join(root, 'scripts/start/guardian.ts'), JSON.stringify(await prepareCluster(options))],
    env: plainEnvironment(),
    isReady: (life) => isServerReady(cluster, life.serverPid),
    logFile: logFile(settings, 'postgres-guardian'),
    graceMs: POSTGRES_GRACE_MS,
  }
}

export function devnodePlan(settings: Settings): ChildPlan {
  const { DEVNODE_PORT: port, DEMO_WALLET_PORT: walletPort } = settings.ports
  const flags = [
    '--data-dir',
    devnodeFolderOf(settings.dataDir),
    '--port',
    String(port),
    '--wallet-port',
    String(walletPort),
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

/** The three processes that make up Satstile itself, each with its own zone's variables. */
export function zonePlans(settings: Settings, zones: Zones): ChildPlan[] {
  const common = (name: 'gateway' | 'web' | 'workers') => ({
    name,
    env: zones[name],
    logFile: logFile(settings, name),
    graceMs: GRACE_MS,
  })
  const { GATEWAY_PORT, WEB_PORT } = settings.ports
  // The mailbox page is open to whoever reaches the port, so in development that is this computer only.
  const host = settings.mode === 'development' ? ['--hostname', '127.0.0.1'] : []
  return [
    {
      ...common('gateway'),
      program: async () => [join(root, 'dist/gateway.mjs')],
      isReady: () => answers(GATEWAY_PORT, '/_l402/health'),
    },
    {
      ...common('web'),
      program: async () => [
        join(root, 'node_modules/next/dist/bin/next'),
        'start',
        '--port',
        String(WEB_PORT),
        ...host,
      ],
      isReady: () => answers(WEB_PORT, '/api/health'),
    },
    {
      ...common('workers'),
      program: async () => [join(root, 'dist/workers.mjs')],
      isReady: (life) => life.saidReady,
    },
  ]
}
