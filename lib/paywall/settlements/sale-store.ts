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

const SALE = Prisma.sql`select s.challenge_id as "challengeId", s.token_id as "tokenId", s.resource_id as "resourceId",
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
 * Sales that we came to know after `after`, oldest first, at most `limit`: the live feed. Transactions may become
 * visible in another order than they began, so a reader asks from some seconds before the last one seen and drops what
 * it has (by `challengeId`).
 */
export async function listSalesAfter(tx: Tx, feed: { creatorId: string; after: Date; limit: number }): Promise<Sale[]> {
  const earliest = new Date(feed.after.getTime() - FEED_LATENESS_MS)
  return tx.$queryRaw<Sale[]>`
    ${SALE} where s.creator_id = ${feed.creatorId} and s.settled_at > ${earliest} and s.created_at > ${feed.after}
    order by s.created_at, s.challenge_id limit ${feed.limit}`
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
    select count(*)::int as sales,
      count(*) filter (where s.channel = 'browser')::int as "peopleSales",
      count(*) filter (where s.channel = 'http')::int as "programSales",
      coalesce(sum(s.received_msat - s.fee_msat), 0)::bigint as "netMsat",
      coalesce(sum(s.received_msat - s.fee_msat) filter (where s.channel = 'browser'), 0)::bigint as "peopleMsat",
      coalesce(sum(s.received_msat - s.fee_msat) filter (where s.channel = 'http'), 0)::bigint as "programMsat"
    from settlement as s where ${inPeriod(period)}`
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
      select (s.settled_at at time zone ${timeZone})::date as sold_on,
        sum(s.received_msat - s.fee_msat) filter (where s.channel = 'browser') as people,
        sum(s.received_msat - s.fee_msat) filter (where s.channel = 'http') as programs
      from settlement as s where ${inPeriod(period)} group by 1) as sold on sold.sold_on = day::date
    order by 1`
}

export interface ResourceRevenue {
  readonly resourceId: string
  readonly title: string
  readonly slug: string
  readonly sales: number
  readonly netMsat: bigint
}

/** Resources that earned most in a period, at most `limit`. */
export async function listTopResources(tx: Tx, period: Period & { limit: number }): Promise<ResourceRevenue[]> {
  return tx.$queryRaw<ResourceRevenue[]>`
    select s.resource_id as "resourceId", coalesce(max(r.title), '') as title, coalesce(max(r.slug), '') as slug,
      count(*)::int as sales, sum(s.received_msat - s.fee_msat)::bigint as "netMsat"
    from settlement as s left join resource as r on r.creator_id = s.creator_id and r.id = s.resource_id
    where ${inPeriod(period)} group by s.resource_id
    order by 5 desc, 4 desc, 1 limit ${period.limit}`
}

/** How often each version of a resource's price was paid. */
export async function countSalesByPrice(
  tx: Tx,
  key: { creatorId: string; resourceId: string },
): Promise<{ priceVersion: number; sales: number }[]> {
  return tx.$queryRaw<{ priceVersion: number; sales: number }[]>`
    select s.price_version as "priceVersion", count(*)::int as sales from settlement as s
    where s.creator_id = ${key.creatorId} and s.resource_id = ${key.resourceId}
    group by s.price_version order by s.price_version`
}

function inPeriod({ creatorId, from, to }: Period): Prisma.Sql {
  return Prisma.sql`s.creator_id = ${creatorId} and s.settled_at >= ${from} and s.settled_at < ${to}`
}
