/** What an operation costs when there is ten and a hundred times as much of everything: `npm run bench -- growth`. */
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { systemClock } from '#lib/clock.ts'
import type { Backends } from '#lib/lightning/backend.ts'
import { auditLedger } from '#lib/paywall/ledger/audit-ledger.ts'
import { createSaleFeeds } from '#lib/paywall/settlements/sale-feed.ts'
import { insertSales } from '#tests/support/fill.ts'
import { createMemoryLog, silentLog } from '#tests/support/log.ts'
import { type Figures, measureGateway } from './growth-gateway-support.ts'
import { explain, summarise } from './growth-plans-support.ts'
import { listReads } from './growth-reads-support.ts'
import { LARGEST, SIZES, type Size } from './growth-sizes-support.ts'
import { type BenchDatabase, type BenchServer, startBenchServer } from './growth-support.ts'

const { values } = parseArgs({
  options: {
    /** Of small, middle and large, joined by commas. */
    sizes: { type: 'string', default: 'small,middle' },
    /** Fewer sales than the size has, where there is no time to fill it. */
    sales: { type: 'string', default: '2000000' },
    /** Where the databases are kept; filled on where an earlier run was ended. */
    folder: { type: 'string', default: join(import.meta.dirname, '../../.data/bench-growth') },
    idleSeconds: { type: 'string', default: '10' },
    /** Prints Postgres' plan of each read instead of measuring. */
    plans: { type: 'boolean', default: false },
  },
})

async function main(): Promise<void> {
  const wanted = values.sizes.split(',')
  const sizes = SIZES.filter(({ name }) => wanted.includes(name)).map((size) => ({
    ...size,
    sales: Math.min(size.sales, Number(values.sales)),
  }))
  const server = await startBenchServer(values.folder)
  const measured: [Size, Figures][] = []
  try {
    if (values.plans) for (const size of sizes) await printPlans(server, size)
    else for (const size of sizes) measured.push([size, await measureSize(server, size)])
  } finally {
    await server.stop()
  }
  if (!values.plans) print(measured)
}

async function printPlans(server: BenchServer, size: Size): Promise<void> {
  const database = await server.open(size, { explained: true, onStep: (step) => console.log(`${size.name}: ${step}`) })
  const ways: string[] = []
  try {
    for (const { name, work } of await listReads(database)) {
      console.log(`\n${size.name}: ${name}`)
      const plans = await explain(server.logFile, work)
      for (const { query, lines } of plans) console.log(['', query, ...lines].join('\n  '))
      ways.push(`${name}\n${plans.map((plan) => `  ${summarise(plan)}`).join('\n')}`)
    }
  } finally {
    await database.close()
  }
  console.log(`\n${size.name}: rows read, by table and index\n${ways.join('\n')}`)
}

async function measureSize(server: BenchServer, size: Size): Promise<Figures> {
  const database = await server.open(size, { onStep: (step) => console.log(`${size.name}: ${step}`) })
  const figures: Figures = new Map()
  try {
    for (const { name, work } of await listReads(database)) await timed(figures, `${name}, ms`, work)
    await measureAudit(database, figures)
    await measureFeed(database, figures)
    const onStep = (step: string) => console.log(`${size.name}: ${step}`)
    await measureGateway(
      database,
      { size, folder: values.folder, idleSeconds: Number(values.idleSeconds), onStep },
      figures,
    )
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
  await owner.client.auditSum.deleteMany()
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

async function measureBytes({ owner }: BenchDatabase, figures: Figures): Promise<void> {
  const rows = await owner.client.$queryRaw<{ name: string; bytes: number }[]>`
    select relname as name, (pg_total_relation_size(oid) / (select count(*) from settlement))::float8 as bytes from pg_class
    where relname in ('settlement', 'ledger_entry', 'posting', 'sale_quarter', 'sale_day', 'sale_month')`
  for (const { name, bytes } of rows) figures.set(`bytes per sale in ${name}`, bytes)
  figures.set(
    'bytes per sale',
    rows.reduce((sum, { bytes }) => sum + bytes, 0),
  )
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
