/** Sales as a creator reads them: pages, the live feed and sums; no decision about money or access rests on these queries. */
import type { Tx } from '#lib/db.ts'
import type { Channel } from '#lib/paywall/challenges/challenge.ts'
import { Prisma } from '#prisma'

export interface Sale {
  readonly challengeId: string
  /** 32 bytes; what a revocation names. */
  readonly tokenId: Uint8Array
  readonly resourceId: string
  readonly title: string
  readonly slug: string
  readonly channel: Channel
  readonly receivedMsat: bigint
  readonly feeMsat: bigint
  readonly settledAt: Date
  /** When we came to know; later than `settledAt` after an outage. */
  readonly createdAt: Date
  readonly releasedAt: Date | null
  /** Its token is denied. */
  readonly revoked: boolean
}

/** Where a page begins: the last sale of the page before. */
export interface SaleCursor {
  readonly settledAt: Date
  readonly challengeId: string
}

export interface Period {
  readonly creatorId: string
  readonly from: Date
  /** Exclusive. */
  readonly to: Date
}

/** Columns and tables of one `Sale`. */
export const SALE = Prisma.sql`select s.challenge_id as "challengeId", s.token_id as "tokenId", s.resource_id as "resourceId",
    coalesce(r.title, '') as title, coalesce(r.slug, '') as slug, s.channel, s.received_msat as "receivedMsat",
    s.fee_msat as "feeMsat", s.settled_at as "settledAt", s.created_at as "createdAt", s.released_at as "releasedAt",
    exists (select 1 from denied as d
      where d.creator_id = s.creator_id and d.kind = 'token' and d.subject = s.token_id) as revoked
  from settlement as s left join resource as r on r.creator_id = s.creator_id and r.id = s.resource_id`

/** Newest sales first, at most `limit`; `next` is where the following page begins, `null` at the end. */
export async function listSales(
  tx: Tx,
  page: { creatorId: string; before: SaleCursor | null; limit: number; resourceId?: string },
): Promise<{ sales: Sale[]; next: SaleCursor | null }> {
  const before =
    page.before === null
      ? Prisma.sql`true`
      : Prisma.sql`(s.settled_at, s.challenge_id) < (${page.before.settledAt}, ${page.before.challengeId})`
  const ofResource = page.resourceId === undefined ? Prisma.sql`true` : Prisma.sql`s.resource_id = ${page.resourceId}`
  const sales = await tx.$queryRaw<Sale[]>`
    ${SALE} where s.creator_id = ${page.creatorId} and ${before} and ${ofResource}
    order by s.settled_at desc, s.challenge_id desc limit ${page.limit}`
  return { sales, next: sales.length < page.limit ? null : (sales.at(-1) ?? null) }
}

/** A sale that an outage kept from us longer than this is in the list, and not in the feed. */
const FEED_LATENESS_MS = 15 * 60_000

/**
 * Sales that we came to know after `after`, oldest first, at most `limit`: the live feed. With `afterId`, those of the same
 * millisecond with a later challenge id too, so that a page goes on where the one before ended. Transactions may become
 * visible in another order than they began, so a reader asks from some seconds before the last one seen and drops what it has.
 */
export async function listSalesAfter(
  tx: Tx,
  feed: { creatorId: string; after: Date; afterId?: string; limit: number },
): Promise<Sale[]> {
  const { creatorId, after, afterId, limit } = feed
  const earliest = new Date(after.getTime() - FEED_LATENESS_MS)
  const isLater =
    afterId === undefined
      ? Prisma.sql`s.created_at > ${after}`
      : Prisma.sql`(s.created_at, s.challenge_id) > (${after}, ${afterId})`
  return tx.$queryRaw<Sale[]>`
    ${SALE} where s.creator_id = ${creatorId} and ${isLater} and s.settled_at > ${earliest}
    order by s.created_at, s.challenge_id limit ${limit}`
}

/** Sums of one period; people are those who paid from a page, programs those who paid over HTTP. */
export interface SalesSummary {
  readonly sales: number
  readonly peopleSales: number
  readonly programSales: number
  /** What the creator keeps. */
  readonly netMsat: bigint
  readonly peopleMsat: bigint
  readonly programMsat: bigint
}

/** Sums of a period and of the one of the same length before it. */
export async function readSalesSummary(
  tx: Tx,
  period: Period,
): Promise<{ current: SalesSummary; previous: SalesSummary }> {
  const length = period.to.getTime() - period.from.getTime()
  const before = { ...period, from: new Date(period.from.getTime() - length), to: period.from }
  return { current: await sumSales(tx, period), previous: await sumSales(tx, before) }
}

const NOTHING: SalesSummary = {
  sales: 0,
  peopleSales: 0,
  programSales: 0,
  netMsat: 0n,
  peopleMsat: 0n,
  programMsat: 0n,
}

async function sumSales(tx: Tx, period: Period): Promise<SalesSummary> {
  const rows = await tx.$queryRaw<SalesSummary[]>`
    select coalesce(sum(sales), 0)::int as sales,
      coalesce(sum(sales) filter (where channel = 'browser'), 0)::int as "peopleSales",
      coalesce(sum(sales) filter (where channel = 'http'), 0)::int as "programSales",
      coalesce(sum(net), 0)::bigint as "netMsat",
      coalesce(sum(net) filter (where channel = 'browser'), 0)::bigint as "peopleMsat",
      coalesce(sum(net) filter (where channel = 'http'), 0)::bigint as "programMsat"
    from (${salesByQuarter(period)}) as part`
  return rows[0] ?? NOTHING
}

export interface DayRevenue {
  /** `2026-11-21` in the time zone that was asked for. */
  readonly day: string
  readonly peopleMsat: bigint
  readonly programMsat: bigint
}

/** Net revenue of every day that the period touches, days without a sale included; days are those of `timeZone`. */
export async function listRevenueByDay(tx: Tx, period: Period & { timeZone: string }): Promise<DayRevenue[]> {
  const { timeZone } = period
  return tx.$queryRaw<DayRevenue[]>`
    select to_char(day, 'YYYY-MM-DD') as day, coalesce(people, 0)::bigint as "peopleMsat",
      coalesce(programs, 0)::bigint as "programMsat"
    from generate_series((${period.from}::timestamptz at time zone ${timeZone})::date,
        ((${period.to}::timestamptz - interval '1 millisecond') at time zone ${timeZone})::date, interval '1 day') as day
    left join (
      select (part.at at time zone ${timeZone})::date as sold_on,
        sum(net) filter (where channel = 'browser') as people,
        sum(net) filter (where channel = 'http') as programs
      from (${salesByQuarter(period)}) as part group by 1) as sold on sold.sold_on = day::date
    order by 1`
}

export interface ResourceRevenue {
  readonly resourceId: string
  readonly title: string
  readonly slug: string
  /** It was deleted since: its page is not there. */
  readonly isDeleted: boolean
  readonly sales: number
  readonly netMsat: bigint
}

/** Resources that earned most in a period, at most `limit`. */
export async function listTopResources(tx: Tx, period: Period & { limit: number }): Promise<ResourceRevenue[]> {
  const { creatorId } = period
  return tx.$queryRaw<ResourceRevenue[]>`
    with best as (
      select resource_id, sum(sales)::int as sales, sum(net)::bigint as net from (${salesByMonth(period)}) as part
      group by resource_id order by net desc, sales desc, resource_id limit ${period.limit})
    select best.resource_id as "resourceId", coalesce(r.title, '') as title, coalesce(r.slug, '') as slug,
      r.deleted_at is not null as "isDeleted", best.sales, best.net as "netMsat"
    from best left join resource as r on r.creator_id = ${creatorId} and r.id = best.resource_id
    order by best.net desc, best.sales desc, best.resource_id`
}

/** What these resources earned since the beginning; one that was never bought is missing. */
export async function listEarnings(
  tx: Tx,
  key: { creatorId: string; resourceIds: readonly string[] },
): Promise<{ resourceId: string; sales: number; netMsat: bigint }[]> {
  return tx.$queryRaw<{ resourceId: string; sales: number; netMsat: bigint }[]>`
    select resource_id as "resourceId", sum(sales)::int as sales, sum(net_msat)::bigint as "netMsat" from sale_day
    where creator_id = ${key.creatorId} and resource_id = any(${[...key.resourceIds]}) group by resource_id`
}

/** How often each version of a resource's price was paid. */
export async function countSalesByPrice(
  tx: Tx,
  key: { creatorId: string; resourceId: string },
): Promise<{ priceVersion: number; sales: number }[]> {
  return tx.$queryRaw<{ priceVersion: number; sales: number }[]>`
    select price_version as "priceVersion", sum(sales)::int as sales from sale_day
    where creator_id = ${key.creatorId} and resource_id = ${key.resourceId}
    group by price_version order by price_version`
}

/** A creator's sales of a period as `at, channel, sales, net`: sums of whole quarters, and single sales at its edges. */
function salesByQuarter({ creatorId, from, to }: Period): Prisma.Sql {
  const { whole, edges } = cut({ from, to }, QUARTER)
  return Prisma.sql`
    select quarter as at, channel, sales, net_msat as net from sale_quarter
    where creator_id = ${creatorId} and quarter >= ${whole.from} and quarter < ${whole.to}
    union all
    select settled_at, channel, 1, received_msat - fee_msat from settlement where ${between(creatorId, edges[0])}
    union all
    select settled_at, channel, 1, received_msat - fee_msat from settlement where ${between(creatorId, edges[1])}`
}

/**
 * The same by resource, as `resource_id, sales, net`: sums of whole months (UTC), of the whole days before and behind them,
 * and single sales at the edges.
 */
function salesByMonth({ creatorId, from, to }: Period): Prisma.Sql {
  const days = cut({ from, to }, DAY)
  const months = cut(days.whole, MONTH)
  return Prisma.sql`
    select resource_id, sales, net_msat as net from sale_month where ${onDates(creatorId, 'month', months.whole)}
    union all
    select resource_id, sales, net_msat from sale_day where ${onDates(creatorId, 'day', months.edges[0])}
    union all
    select resource_id, sales, net_msat from sale_day where ${onDates(creatorId, 'day', months.edges[1])}
    union all
    select resource_id, 1, received_msat - fee_msat from settlement where ${between(creatorId, days.edges[0])}
    union all
    select resource_id, 1, received_msat - fee_msat from settlement where ${between(creatorId, days.edges[1])}`
}

interface Span {
  readonly from: Date
  /** Exclusive. */
  readonly to: Date
}

/** A step of time that sums are kept of: the last moment up to `at` at which one begins, and the one behind that. */
interface Step {
  floor(at: number): number
  next(begin: number): number
}

const evenStep = (ms: number): Step => ({
  floor: (at) => Math.floor(at / ms) * ms,
  next: (begin) => begin + ms,
})

const QUARTER = evenStep(15 * 60_000)
const DAY = evenStep(24 * 60 * 60_000)
const MONTH: Step = { floor: (at) => monthOf(at, 0), next: (begin) => monthOf(begin, 1) }

function monthOf(at: number, later: number): number {
  const day = new Date(at)
  return Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + later)
}

/** The whole steps in a span, and what is left of it before and behind; each of the three may be empty. */
function cut({ from, to }: Span, step: Step): { whole: Span; edges: readonly [Span, Span] } {
  const begun = step.floor(from.getTime())
  const first = begun === from.getTime() ? begun : step.next(begun)
  const wholeFrom = new Date(Math.min(first, to.getTime()))
  const wholeTo = new Date(Math.max(step.floor(to.getTime()), wholeFrom.getTime()))
  return {
    whole: { from: wholeFrom, to: wholeTo },
    edges: [
      { from, to: wholeFrom },
      { from: wholeTo, to: new Date(Math.max(to.getTime(), wholeTo.getTime())) },
    ],
  }
}

function between(creatorId: string, { from, to }: Span): Prisma.Sql {
  return Prisma.sql`creator_id = ${creatorId} and settled_at >= ${from} and settled_at < ${to}`
}

/** Of sums that are kept by dates in UTC. */
function onDates(creatorId: string, column: 'day' | 'month', { from, to }: Span): Prisma.Sql {
  const dates = [from, to].map((at) => at.toISOString().slice(0, 10))
  return Prisma.sql`creator_id = ${creatorId} and ${Prisma.raw(column)} >= ${dates[0]}::date
    and ${Prisma.raw(column)} < ${dates[1]}::date`
}
