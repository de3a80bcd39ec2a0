/** `npm start`: brings a whole copy of Satstile up, keeps it up, and leaves nothing behind. */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ROLES, type RoleName } from '#lib/config.ts'
import type { Seeded, SeedOptions } from '#prisma/seed.ts'
import { runProgram } from './build/run-program.ts'
import { migrate } from './migrate.ts'
import { prepareDataFolder, takeDataFolder } from './start/data-folder.ts'
import { createEndRequests } from './start/end-requests.ts'
import { endLeftovers } from './start/leftovers.ts'
import { clusterOf, devnodePlan, postgresPlan, zonePlans } from './start/plans.ts'
import { checkPorts } from './start/ports.ts'
import { ensureDatabase } from './start/postgres.ts'
import { clearLeftover } from './start/postgres-files.ts'
import { formatSeconds, step, tell } from './start/progress.ts'
import { type RunFacts, removeRunFile, writeRunFile } from './start/run-file.ts'
import { ensureSecrets, type Secrets } from './start/secrets.ts'
import { helpText, readSettings, type Settings } from './start/settings.ts'
import { createSteadyWrite } from './start/steady-write.ts'
import { Stop } from './start/stop.ts'
import { formatSummary } from './start/summary.ts'
import { createSupervisor, type Supervisor } from './start/supervisor.ts'
import { checkZones, isWanted, makeZones, type Zones } from './start/zones.ts'

const root = join(import.meta.dirname, '..')
const endRequests = createEndRequests()
/** What has to be ended when a step fails. */
let claimed: Copy | null = null
/** The build under way, which ends itself when an end was asked for. */
let build: Promise<void> | null = null

interface Copy {
  readonly settings: Settings
  readonly secrets: Secrets | null
  readonly zones: Zones
  readonly supervisor: Supervisor
  /** What the run file says besides the process ids; null until everything answers. */
  facts: Omit<RunFacts, 'pids'> | null
}

type Demo = Pick<Seeded, 'handle' | 'slugs' | 'api'> & { readonly fileSlug: string }

async function main(): Promise<void> {
  const options = readOptions()
  if (options.help) return console.log(helpText())
  const startedAt = performance.now()
  if (options['env-file'] !== undefined) loadVariables(options['env-file'])
  const settings = readSettings(process.env)
  const copy = await claim(settings)
  if (!options['no-build']) await buildWhatChanged()
  await startDatabase(copy)
  const demo = await prepareDatabase(copy)
  await startProcesses(copy)
  if (endRequests.signal.aborted) return
  copy.facts = describe(settings, copy, demo)
  publish(copy)
  console.log(
    formatSummary(
      { ...copy.facts, pids: {} },
      { dataDir: settings.dataDir, seconds: formatSeconds(performance.now() - startedAt) },
    ),
  )
}

function readOptions() {
  try {
    return parseArgs({
      options: { help: { type: 'boolean' }, 'no-build': { type: 'boolean' }, 'env-file': { type: 'string' } },
    }).values
  } catch (cause) {
    throw new Stop(`${cause instanceof Error ? cause.message : cause}\n\n${helpText()}`)
  }
}

function loadVariables(file: string): void {
  try {
    process.loadEnvFile(file)
  } catch {
    throw new Stop(`The file ${file} of --env-file cannot be read. Check its name, then start again.`)
  }
}

/** Makes this process the one supervisor of its data folder, after ending whatever a killed one left there. */
async function claim(settings: Settings): Promise<Copy> {
  const { dataDir } = settings
  prepareDataFolder(dataDir)
  const release = takeDataFolder(dataDir)
  process.once('exit', release)
  removeRunFile(dataDir)
  const supervisor = createSupervisor({ dataDir, onChange: createSteadyWrite(() => publish(copy)) })
  const secrets = settings.mode === 'development' ? ensureSecrets(dataDir) : null
  const copy: Copy = { settings, secrets, zones: makeZones(settings, secrets), supervisor, facts: null }
  claimed = copy
  endRequests.listen(
    (how) => void shutDown(copy, how),
    () => process.exit(130),
  )
  const ended = await endLeftovers(dataDir)
  await clearLeftover(clusterOf(dataDir))
  if (ended > 0) tell('cleaned up', `ended ${ended} processes of a start that was killed`)
  if (settings.mode === 'production') checkZones(copy.zones)
  const { POSTGRES_PORT, DEVNODE_PORT, DEMO_WALLET_PORT, DEMO_UPSTREAM_PORT, ...always } = settings.ports
  await checkPorts({
    ...always,
    ...(settings.doorPort !== null && { DOOR_PORT: settings.doorPort }),
    ...(settings.embeddedPostgres && { POSTGRES_PORT }),
    ...(settings.devnode && { DEVNODE_PORT, DEMO_WALLET_PORT, DEMO_UPSTREAM_PORT }),
  })
  return copy
}

async function buildWhatChanged(): Promise<void> {
  build = runProgram('The build', [join(root, 'scripts/build.ts')], {
    signal: endRequests.signal,
    onLine: (line) => console.log(line),
  })
  await build
  build = null
  endRequests.signal.throwIfAborted()
}

async function startDatabase({ settings, secrets, supervisor, zones }: Copy): Promise<void> {
  if (!settings.embeddedPostgres || secrets === null) return tell('postgres', 'your own, by DATABASE_URL')
  await step('postgres', async () => {
    await supervisor.start([postgresPlan(settings, secrets.POSTGRES_PASSWORD, endRequests.signal)])
    await ensureDatabase(zones.migrate.DATABASE_URL ?? '')
    return undefined
  })
}

/** Schema and rights; in development the demo creator too, whose handle and slugs are answered. */
async function prepareDatabase({ settings, zones }: Copy): Promise<Demo | null> {
  const databaseUrl = zones.migrate.DATABASE_URL ?? ''
  await step('migrate', async () => {
    const applied = await migrate({ databaseUrl, rolePasswords: rolePasswords(zones) })
    return applied.length === 0 ? 'nothing to do' : `applied ${applied.length}`
  })
  if (settings.mode === 'production') return null
  let demo: Demo | null = null
  await step('seed', async () => {
    const { seed } = await import('#prisma/seed.ts')
    const { seedFile } = await import('#prisma/seed-file.ts')
    const { CONTENT_URL: contentUrl = '', CONTENT_BUCKET: contentBucket } = zones.gateway
    const options = { databaseUrl, contentUrl, contentBucket }
    const seeded = await seed({ ...options, ...(settings.devnode && { api: demoApi(settings, zones) }) })
    demo = { ...seeded, fileSlug: await seedFile({ ...options, handle: seeded.handle }) }
    return undefined
  })
  return demo
}

/** The server that runs beside the dev node, and the key that the dashboard seals with. */
function demoApi({ ports }: Settings, { web }: Zones): NonNullable<SeedOptions['api']> {
  const sealKey = Buffer.from(web.SECRET_SEAL_KEY?.split(':')[1] ?? '', 'base64')
  return { url: `http://127.0.0.1:${ports.DEMO_UPSTREAM_PORT}`, sealKey }
}

/** The passwords in the roles' addresses become the roles' passwords; an address without one is the operator's affair. */
function rolePasswords(zones: Zones): Record<string, string> {
  return Object.fromEntries(
    Object.entries(ROLES).flatMap(([name, { process, database }]) => {
      const address = zones[name as RoleName][database.url]
      if (address === undefined) return []
      const url = new URL(address)
      return process !== null && url.username === database.role && url.password !== ''
        ? [[database.role, decodeURIComponent(url.password)]]
        : []
    }),
  )
}

async function startProcesses({ settings, supervisor, zones }: Copy): Promise<void> {
  if (settings.devnode) await step('dev node', async () => void (await supervisor.start([devnodePlan(settings)])))
  else tell('node', `your own, ${zones.gateway.LND_SOCKET}`)
  if (settings.mode === 'development') checkZones(zones)
  await step('processes', async () => {
    await supervisor.start(zonePlans(settings, zones))
    return `gateway, dashboard, workers and payouts ${isWanted(zones.door) ? 'and the second door ' : ''}ready`
  })
}

function describe(settings: Settings, { zones, secrets }: Copy, demo: Demo | null): Omit<RunFacts, 'pids'> {
  const app = zones.web.APP_URL ?? ''
  const creatorHost = (handle: string) => (zones.gateway.CREATOR_HOSTS ?? '').replace('*', handle)
  return {
    app,
    gateway: `http://localhost:${settings.ports.GATEWAY_PORT}`,
    ...(settings.doorPort !== null && { door: `http://localhost:${settings.doorPort}` }),
    ...(zones.gateway.DEMO_WALLET_URL && { wallet: zones.gateway.DEMO_WALLET_URL }),
    articles: demo === null ? [] : demo.slugs.map((slug) => `http://${creatorHost(demo.handle)}/${slug}`),
    ...(demo !== null && { file: `http://${creatorHost(demo.handle)}/${demo.fileSlug}` }),
    ...(demo?.api && {
      api: `http://${creatorHost(demo.handle)}${demo.api.route}`,
      stream: `http://${creatorHost(demo.handle)}${demo.api.stream}`,
      chat: `http://${creatorHost(demo.handle)}${demo.api.chat}`,
      grpc: `localhost:${settings.ports.GATEWAY_PORT}`,
    }),
    ...(secrets !== null && { signIn: `${app}/api/dev/sign-in?key=${secrets.DEV_SIGN_IN_KEY}` }),
  }
}

function publish(copy: Copy): void {
  if (copy.facts === null || endRequests.signal.aborted) return
  writeRunFile(copy.settings.dataDir, { ...copy.facts, pids: { supervisor: process.pid, ...copy.supervisor.pids() } })
}

async function shutDown(copy: Copy, how: string): Promise<void> {
  const wasReady = copy.facts !== null
  console.log(`\n${how}: ending everything`)
  await endEverything(copy)
  console.log(
    wasReady
      ? 'Everything has ended; what was kept is in the data folder. "npm start" goes on from there.'
      : 'The start was called off; nothing is left running. "npm start" begins where that is safe.',
  )
  process.exit(wasReady ? 0 : 130)
}

async function endEverything({ settings, supervisor }: Copy): Promise<void> {
  removeRunFile(settings.dataDir)
  await Promise.all([supervisor.stop(), build])
  await clearLeftover(clusterOf(settings.dataDir))
}

const FULL_DISK =
  '\nThe disk of the data folder has no room. Free about 300 MB there, or choose another DATA_DIR; then start again.'

function isFullDisk(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && (cause.code === 'ENOSPC' || cause.code === 'EDQUOT')
}

main().catch(async (cause: unknown) => {
  // A step that was interrupted has nothing to tell; the shutdown under way says what happened.
  if (endRequests.signal.aborted) return
  console.error(cause instanceof Stop ? `\n${cause.message}` : isFullDisk(cause) ? FULL_DISK : cause)
  if (claimed !== null) await endEverything(claimed)
  process.exit(cause instanceof Stop ? cause.exitCode : 1)
})
