/** What an operation costs when there is ten and a hundred times as much of everything: `npm run bench -- growth`. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { systemClock } from '#lib/clock.ts'
import type { Tx } from '#lib/db.ts'
import type { Backends } from '#lib/lightning/backend.ts'
import { deleteEnded, listUnsettled } from '#lib/paywall/challenges/sweep-store.ts'
import { createRingCache } from '#lib/paywall/keys/ring-cache.ts'
import { auditLedger } from '#lib/paywall/ledger/audit-ledger.ts'
import { listCatalogArticles } from '#lib/paywall/resources/article/article-store.ts'
import { type Catalog, createCatalog } from '#lib/paywall/resources/catalog.ts'
import { listResources } from '#lib/paywall/resources/resource-list-store.ts'
import { createSaleFeeds } from '#lib/paywall/settlements/sale-feed.ts'
import * as sales from '#lib/paywall/settlements/sale-store.ts'
import { insertDenials } from '#lib/paywall/tokens/deny-store.ts'
import { listUsageByResource, readFunnel } from '#lib/paywall/usage/usage-store.ts'
import { insertSales } from '#tests/support/fill.ts'
import { createMemoryLog, silentLog } from '#tests/support/log.ts'
import { type BenchDatabase, type BenchServer, LARGEST, SIZES, type Size, startBenchServer } from './growth-support.ts'

const { values } = parseArgs({
  options: {
    /** Of small, middle and large, joined by commas. */
    sizes: { type: 'string', default: 'small,middle' },
    /** Fewer sales than the size has, where there is no time to fill it. */
    sales: { type: 'string', default: '2000000' },
    /** Where the databases are kept; filled on where an earlier run was ended. */
    folder: { type: 'string', default: join(import.meta.dirname, '../../.data/bench-growth') },
    idleSeconds: { type: 'string', default: '10' },
  },
})
const IDLE_SECONDS = Number(values.idleSeconds)

/** What was measured of one size, by name, in the unit that the name tells. */
type Figures = Map<string, number>

async function main(): Promise<void> {
  const wanted = values.sizes.split(',')
  const sizes = SIZES.filter(({ name }) => wanted.includes(name)).map((size) => ({
    ...size,
    sales: Math.min(size.sales, Number(values.sales)),
  }))
  const server = await startBenchServer(values.folder)
  const measured: [Size, Figures][] = []
  try {
    for (const size of sizes) measured.push([size, await measureSize(server, size)])
  } finally {
    await server.stop()
  }
  print(measured)
}

async function measureSize(server: BenchServer, size: Size): Promise<Figures> {
  const database = await server.open(size, (step) => console.log(`${size.name}: ${step}`))
  const figures: Figures = new Map()
  try {
    await measureReads(database, figures)
    await measureAudit(database, figures)
    await measureFeed(database, figures)
    await measureCatalog(database, size, figures)
    await measureBytes(database, figures)
  } finally {
    await database.close()
  }
  for (const [name, value] of figures) console.log(`${size.name}: ${name} ${format(value)}`)
  return figures
}

/** The median of five, after one that warms up. */
async function timed(figures: Figures, name: string, work: () => Promise<unknown>): Promise<void> {
  await work()
  const times: number[] = []
  for (let n = 0; n < 5; n += 1) {
    const startedAt = performance.now()
    await work()
    times.push(performance.now() - startedAt)
  }
  figures.set(name, times.toSorted((a, b) => a - b)[2] ?? Number.NaN)
}

const DAY_MS = 24 * 3_600_000

async function measureReads({ web, jobs }: BenchDatabase, figures: Figures): Promise<void> {
  const [newest] = await jobs.client.$queryRaw<
    { at: Date }[]
  >`select max(settled_at) as at from settlement where creator_id = ${LARGEST}`
  const to = new Date(Math.ceil((newest?.at ?? new Date()).getTime() / DAY_MS) * DAY_MS)
  const asLargest = <T>(read: (tx: Tx) => Promise<T>) => web.asCreator(LARGEST, read)
  for (const days of [30, 90]) {
    const period = { creatorId: LARGEST, from: new Date(to.getTime() - days * DAY_MS), to }
    await timed(figures, `overview of ${days} days, ms`, () =>
      asLargest(async (tx) => {
        await sales.readSalesSummary(tx, period)
        await sales.listRevenueByDay(tx, { ...period, timeZone: 'UTC' })
        await sales.listSales(tx, { creatorId: LARGEST, before: null, limit: 6 })
        await sales.listTopResources(tx, { ...period, limit: 5 })
        await readFunnel(tx, period)
      }),
    )
  }
  const month = { creatorId: LARGEST, from: new Date(to.getTime() - 30 * DAY_MS), to }
  await timed(figures, 'list of resources, first page, ms', async () => {
    const page = await listResources(web, LARGEST)
    const resourceIds = page.map(({ id }) => id)
    await asLargest(async (tx) => {
      await sales.listEarnings(tx, { creatorId: LARGEST, resourceIds })
      await listUsageByResource(tx, { ...month, resourceIds })
    })
  })
  await timed(figures, 'list of resources, search without a hit, ms', () =>
    listResources(web, LARGEST, { search: 'no such' }),
  )
  await timed(figures, 'price tab, ms', () =>
    asLargest((tx) => sales.countSalesByPrice(tx, { creatorId: LARGEST, resourceId: 'res_1' })),
  )
  const before = new Date(0)
  await timed(figures, 'prune with nothing due, ms', async () => {
    for (const state of ['canceled', 'settled'] as const)
      await jobs.inTransaction((tx) => deleteEnded(tx, { state, before, limit: 1_000 }))
  })
  const page = { backendId: 'lnd:bench', scope: 'young', now: new Date(), after: null, limit: 1_000 } as const
  await timed(figures, 'a page of the sweep, ms', () => listUnsettled(jobs.client, page))
}

async function measureAudit({ jobs, owner }: BenchDatabase, figures: Figures): Promise<void> {
  const backends: Backends = {
    getForCreator: () => {
      throw new TypeError('there is no backend here')
    },
    find: async () => null,
    list: () => [],
    close: () => undefined,
  }
  const { log, lines } = createMemoryLog()
  const deps = {
    db: jobs,
    clock: systemClock,
    log,
    notices: { publish: async () => undefined },
    backends,
    feePpm: 10_000,
  }
  await owner.client.auditMark.deleteMany()
  for (const name of ['audit from the beginning, ms', 'audit an hour later, ms']) {
    const startedAt = performance.now()
    const { books, isComplete } = await auditLedger(deps, new AbortController().signal)
    figures.set(name, performance.now() - startedAt)
    if (!isComplete || books > 0) console.log(`the audit found ${books}, complete: ${isComplete}`, lines.slice(0, 3))
  }
}

/** Fifty sales a second for five seconds. */
async function measureFeed({ owner, web }: BenchDatabase, figures: Figures): Promise<void> {
  const told = new Map<string, number>()
  const feeds = createSaleFeeds({
    db: web,
    log: silentLog,
    clock: systemClock,
    notices: { subscribe: () => () => undefined },
  })
  const leave = feeds.follow(LARGEST, new Date(), (news) => {
    for (const { challengeId } of news === 'silent' ? [] : news) told.set(challengeId, performance.now())
  })
  const made = new Map<string, number>()
  for (let n = 0; n < 50; n += 1) {
    for (const id of await insertSales(owner, { creatorId: LARGEST, count: 5 })) made.set(id, performance.now())
    await pause(100)
  }
  await pause(2_500)
  leave()
  const waits = [...made].map(([id, at]) => (told.get(id) ?? Number.POSITIVE_INFINITY) - at)
  figures.set('sales told of 250', waits.filter(Number.isFinite).length)
  figures.set('slowest sale told after, ms', Math.max(...waits))
  await owner.client.$transaction([
    owner.client.$executeRawUnsafe('alter table settlement disable trigger user'),
    owner.client.$executeRaw`delete from settlement where challenge_id = any(${[...made.keys()]})`,
    owner.client.$executeRawUnsafe('alter table settlement enable trigger user'),
  ])
}

async function measureCatalog(database: BenchDatabase, size: Size, figures: Figures): Promise<void> {
  const before = memory()
  const ring = createRingCache({ wrapping: [], log: silentLog })
  const loaders = new Map([['article', listCatalogArticles]])
  const catalog = createCatalog({ db: database.gate, log: silentLog, ring, loaders, hosts: '*.localhost:8402' })
  const hosts = Array.from({ length: size.creators }, (_, index) => `c${index + 1}.localhost:8402`)
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const startedAt = performance.now()
  for (let from = 0; from < hosts.length; from += 1_000)
    await Promise.all(hosts.slice(from, from + 1_000).map((host) => catalog.find(host)))
  figures.set('asking every creator once, s', (performance.now() - startedAt) / 1000)
  figures.set('event loop while they load, p99 ms', delay.percentile(99) / 1e6)
  figures.set('event loop while they load, max ms', delay.max / 1e6)
  figures.set('memory of the catalogue, MB', memory() - before)
  figures.set('as it estimates itself, MB', catalog.bytes() / 2 ** 20)
  delay.disable()
  await measureIdle(database, figures)
  delay.enable()
  await measureChanges(database, { catalog, size, delay }, figures)
  delay.disable()
  catalog.close()
}

async function measureIdle({ owner }: BenchDatabase, figures: Figures): Promise<void> {
  await pause(1_000)
  const [cpu, postgres] = [process.cpuUsage(), await postgresTicks(owner.client)]
  await pause(IDLE_SECONDS * 1000)
  const used = process.cpuUsage(cpu)
  figures.set('idle, CPU of the process, ms/s', (used.user + used.system) / 1000 / IDLE_SECONDS)
  // Those that began or ended meanwhile are none that serve us.
  const spent = [...(await postgresTicks(owner.client))].map(([pid, ticks]) => ticks - (postgres.get(pid) ?? ticks))
  figures.set('idle, CPU of Postgres, ms/s', (spent.reduce((sum, ticks) => sum + ticks, 0) * 10) / IDLE_SECONDS)
}

/** A fifth of all creators change in one moment, one of them withdraws a token. */
async function measureChanges(
  { owner }: BenchDatabase,
  { catalog, size, delay }: { catalog: Catalog; size: Size; delay: ReturnType<typeof monitorEventLoopDelay> },
  figures: Figures,
): Promise<void> {
  const last = `c${size.creators}`
  const token = crypto.getRandomValues(new Uint8Array(32))
  await catalog.find(`${last}.localhost:8402`)
  const numberOf = (host: string) => catalog.peek(host)?.changeNumber
  const changing = Array.from({ length: size.creators / 5 }, (_, index) => `c${(index + 1) * 5}.localhost:8402`)
  // Who is not in memory has nothing to be known again.
  const sample = changing.map((host) => [host, numberOf(host)] as const).filter(([, number]) => number !== undefined)
  delay.reset()
  await owner.inTransaction(async (tx) => {
    await tx.$executeRaw`update creator set change_number = change_number + 1 where id = ${last} or right(id, 1) in ('0', '5')`
    const { changeNumber } = await tx.creator.findUniqueOrThrow({ where: { id: last } })
    await insertDenials(tx, {
      creatorId: last,
      changeNumber,
      denials: [{ kind: 'token', subject: token, service: '' }],
    })
  })
  const startedAt = performance.now()
  while ((await catalog.find(`${last}.localhost:8402`))?.denied.hasToken(token) !== true) await pause(5)
  figures.set('a revocation while a fifth change, ms', performance.now() - startedAt)
  for (const [host, before] of sample) while (numberOf(host) === before) await pause(5)
  figures.set('all of them known again, s', Math.max(0, (performance.now() - startedAt) / 1000))
  figures.set('event loop meanwhile, p99 ms', delay.percentile(99) / 1e6)
  figures.set('event loop meanwhile, max ms', delay.max / 1e6)
  const price = performance.now()
  await owner.inTransaction(async (tx) => {
    await tx.$executeRaw`update creator set change_number = change_number + 1 where id = ${LARGEST}`
    await tx.$executeRaw`insert into price (creator_id, offer_id, version, amount_msat)
      select creator_id, offer_id, max(version) + 1, 999000 + max(version) from price where creator_id = ${LARGEST} and offer_id = 'off_1' group by 1, 2`
  })
  const known = async () =>
    (await catalog.find(`${LARGEST}.localhost:8402`))?.bySlug.get('article-1')?.offers[0].price.amountMsat ?? 0n
  while ((await known()) < 999_000n) await pause(5)
  figures.set('a price of the creator with most articles, ms', performance.now() - price)
}

async function measureBytes({ owner }: BenchDatabase, figures: Figures): Promise<void> {
  const rows = await owner.client.$queryRaw<{ name: string; bytes: number }[]>`
    select relname as name, (pg_total_relation_size(oid) / (select count(*) from settlement))::float8 as bytes from pg_class
    where relname in ('settlement', 'ledger_entry', 'posting', 'sale_quarter', 'sale_day')`
  for (const { name, bytes } of rows) figures.set(`bytes per sale in ${name}`, bytes)
  figures.set(
    'bytes per sale',
    rows.reduce((sum, { bytes }) => sum + bytes, 0),
  )
}

/** Of the heap and outside of it, after a collection. */
function memory(): number {
  globalThis.gc?.()
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  return (heapUsed + Math.max(external, arrayBuffers)) / 2 ** 20
}

/** User and system time of its processes so far, by process (proc(5): fields 14 and 15, in ticks of 10 ms). */
async function postgresTicks(tx: Tx): Promise<ReadonlyMap<string, number>> {
  const [row] = await tx.$queryRaw<{ pid: number }[]>`select pg_backend_pid() as pid`
  const statOf = (pid: number | string) =>
    readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
  const parent = statOf(row?.pid ?? 0)[1] ?? ''
  const ticks = new Map<string, number>()
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const fields = statOf(pid)
      if (fields[1] === parent || pid === parent) ticks.set(pid, Number(fields[11]) + Number(fields[12]))
    } catch {
      // It ended meanwhile.
    }
  }
  return ticks
}

const format = (value: number) => (value >= 100 ? value.toFixed(0) : value.toFixed(2))

/** One line per figure; the last column is how it grew from the smallest to the largest, which differ by the same factor. */
function print(measured: readonly (readonly [Size, Figures])[]): void {
  const [first, last] = [measured[0]?.[1], measured.at(-1)?.[1]]
  const names = [...(first?.keys() ?? [])]
  const width = Math.max(...names.map((name) => name.length))
  console.log(`\n${'figure'.padEnd(width)}${measured.map(([{ name }]) => name.padStart(10)).join('')}  growth`)
  for (const name of names) {
    const cells = measured.map(([, figures]) => format(figures.get(name) ?? Number.NaN).padStart(10))
    const exponent = Math.log10((last?.get(name) ?? 1) / (first?.get(name) ?? 1)) / Math.max(1, measured.length - 1)
    console.log(`${name.padEnd(width)}${cells.join('')}  ${nameGrowth(exponent)}`)
  }
}

/** `exponent` of what there is: 1 is ten times as much for ten times as many. */
function nameGrowth(exponent: number): string {
  if (!Number.isFinite(exponent)) return 'unknown'
  if (exponent < 0.15) return 'constant'
  if (exponent < 0.85) return 'slower than what there is'
  return exponent < 1.15 ? 'with what there is' : 'faster than what there is'
}

await main()
