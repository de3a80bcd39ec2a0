/** What is asked of the database often, by name: each is timed, and its plan can be shown. */
import type { Tx } from '#lib/db.ts'
import { countOpenInvoices } from '#lib/paywall/challenges/challenge-store.ts'
import { deleteEnded, listUnsettled } from '#lib/paywall/challenges/sweep-store.ts'
import { walkSales } from '#lib/paywall/ledger/audit-store.ts'
import { readBalances } from '#lib/paywall/ledger/ledger-store.ts'
import { listCatalogArticles } from '#lib/paywall/resources/article/article-store.ts'
import { listChanges, readCatalog } from '#lib/paywall/resources/catalog-store.ts'
import { listPublishedSince, listResources } from '#lib/paywall/resources/resource-list-store.ts'
import * as sales from '#lib/paywall/settlements/sale-store.ts'
import { claimHeldSettlements } from '#lib/paywall/settlements/settlement-store.ts'
import { listUsageByResource, readFunnel } from '#lib/paywall/usage/usage-store.ts'
import { LARGEST } from './growth-sizes-support.ts'
import type { BenchDatabase } from './growth-support.ts'

export interface Read {
  readonly name: string
  readonly work: () => Promise<unknown>
}

const DAY_MS = 24 * 3_600_000

export async function listReads(database: BenchDatabase): Promise<Read[]> {
  const newest = await database.jobs.client.$queryRaw<
    { at: Date }[]
  >`select max(settled_at) as at from settlement where creator_id = ${LARGEST}`
  const to = new Date(Math.ceil((newest[0]?.at ?? new Date()).getTime() / DAY_MS) * DAY_MS)
  return [...dashboardReads(database, to), ...walks(database, to), ...(await catalogReads(database))]
}

function dashboardReads({ web }: BenchDatabase, to: Date): Read[] {
  const creatorId = LARGEST
  const asLargest = <T>(read: (tx: Tx) => Promise<T>) => web.asCreator(creatorId, read)
  const since = (days: number) => ({ creatorId, from: new Date(to.getTime() - days * DAY_MS), to })
  const overview = (days: number) =>
    asLargest(async (tx) => {
      const period = since(days)
      await readBalances(tx, creatorId)
      await sales.readSalesSummary(tx, period)
      await sales.listRevenueByDay(tx, { ...period, timeZone: 'UTC' })
      await sales.listSales(tx, { creatorId, before: null, limit: 6 })
      await sales.listTopResources(tx, { ...period, limit: 5 })
      await readFunnel(tx, period)
    }).then(() => listPublishedSince(web, { creatorId, since: since(days).from, limit: 50 }))
  const listed = async () => {
    const resourceIds = (await listResources(web, creatorId)).map(({ id }) => id)
    await asLargest(async (tx) => {
      await sales.listEarnings(tx, { creatorId, resourceIds })
      await listUsageByResource(tx, { ...since(30), resourceIds })
    })
  }
  const priceTab = async (tx: Tx) => {
    const key = { creatorId, resourceId: 'res_1' }
    await sales.countSalesByPrice(tx, key)
    await countOpenInvoices(tx, { ...key, now: new Date() })
  }
  return [
    { name: 'overview of 30 days', work: () => overview(30) },
    { name: 'overview of 90 days', work: () => overview(90) },
    { name: 'list of resources, first page', work: listed },
    {
      name: 'list of resources, search without a hit',
      work: () => listResources(web, creatorId, { search: 'no such' }),
    },
    { name: 'price tab', work: () => asLargest(priceTab) },
    {
      name: 'a page of the live feed',
      work: () => asLargest((tx) => sales.listSalesAfter(tx, { creatorId, after: since(2).from, limit: 20 })),
    },
  ]
}

function walks({ jobs }: BenchDatabase, to: Date): Read[] {
  const before = new Date(0)
  const prune = async () => {
    for (const state of ['canceled', 'settled'] as const)
      await jobs.inTransaction((tx) => deleteEnded(tx, { state, before, limit: 1_000 }))
    await jobs.inTransaction((tx) => claimHeldSettlements(tx, { settledBefore: before, limit: 1_000 }))
  }
  const page = { backendId: 'lnd:bench', scope: 'young', now: new Date(), after: null, limit: 1_000 } as const
  const hour = new Date(to.getTime() - DAY_MS - 3_600_000)
  return [
    { name: 'prune with nothing due', work: prune },
    { name: 'a page of the sweep', work: () => listUnsettled(jobs.client, page) },
    {
      name: 'a part of the audit, 1,000 sales',
      work: () => jobs.inTransaction((tx) => walkSales(tx, { from: hour, limit: 1_000 })),
    },
  ]
}

async function catalogReads({ gate }: BenchDatabase): Promise<Read[]> {
  const { next } = await listChanges(gate.client, 2n ** 62n)
  const loaders = new Map([['article', listCatalogArticles]])
  const wanted = Array.from({ length: 100 }, (_, n) => ({ handle: `c${n + 2}`, since: 0n, deniedUpTo: -1n }))
  return [
    { name: 'a poll of the catalogue without a change', work: () => listChanges(gate.client, next) },
    { name: 'a hundred creators read anew', work: () => readCatalog({ db: gate, loaders }, wanted, new Date()) },
  ]
}
