/** Everything that the overview shows of one period, read in one transaction so that its figures fit together. */
import 'server-only'
import type { Membership } from '#app/_server/auth/session.ts'
import { webDeps } from '#app/_server/deps.ts'
import { creatorUrl } from '#app/_server/http/creator-url.ts'
import type { LiveSale } from '#app/_ui/live-sale.ts'
import type { Tx } from '#lib/db.ts'
import type { Balances } from '#lib/paywall/ledger/ledger-store.ts'
import { listPublishedSince, listResources } from '#lib/paywall/resources/resource-list-store.ts'
import * as sales from '#lib/paywall/settlements/sale-store.ts'
import { type Funnel, readFunnel } from '#lib/paywall/usage/usage-store.ts'
import { readBalances } from './balances.ts'
import { dayOf, shiftDay, startOfDay } from './local-day.ts'

export interface Compared<T> {
  readonly now: T
  readonly before: T
}

export interface DayRevenue {
  /** `2026-11-12` */
  readonly day: string
  /** Whole sats. */
  readonly people: number
  readonly programs: number
}

/** Something that explains a step in the chart. */
export interface ChartMark {
  readonly day: string
  readonly text: string
}

export interface FunnelStep {
  readonly label: string
  readonly count: number
}

export type TopRow = sales.ResourceRevenue

export interface FirstSaleStep {
  readonly title: string
  readonly detail: string
  readonly isDone: boolean
  readonly act: { readonly href: string; readonly label: string } | null
}

export interface Overview {
  readonly hasSales: boolean
  /** The first and the last day, which is still running, in `timeZone`. */
  readonly fromDay: string
  readonly untilDay: string
  readonly timeZone: string
  /** When this was read, in Unix milliseconds: sales from then on are told by the stream. */
  readonly readAtMs: number
  readonly netSats: Compared<number>
  readonly sales: Compared<number>
  /** Paid of those who pressed Unlock; `null`: nobody pressed. */
  readonly peopleShare: Compared<number | null>
  /** Paid of the challenges that programs were given. */
  readonly programsShare: Compared<number | null>
  readonly balances: Balances | null
  readonly days: readonly DayRevenue[]
  readonly marks: readonly ChartMark[]
  readonly recent: readonly LiveSale[]
  readonly funnel: readonly FunnelStep[]
  readonly top: readonly TopRow[]
  readonly steps: readonly FirstSaleStep[]
}

const RECENT = 6
const TOP = 5

/** `days` whole days of the creator, the running one included. */
export async function readOverview(member: Membership, period: { now: Date; days: number }): Promise<Overview> {
  const { creatorId, timeZone } = member
  const { db } = webDeps()
  const [untilDay, fromDay] = [dayOf(period.now, timeZone), shiftDay(dayOf(period.now, timeZone), 1 - period.days)]
  const span = { creatorId, from: startOfDay(fromDay, timeZone), to: startOfDay(shiftDay(untilDay, 1), timeZone) }
  const beforeFrom = startOfDay(shiftDay(fromDay, -period.days), timeZone)
  const balances = await readBalances(creatorId)
  const published = await listPublishedSince(db, { creatorId, since: span.from, limit: MARKED })
  const rows = await db.asCreator(creatorId, (tx) => readRows(tx, { span, beforeFrom, timeZone }))
  const { summary, usage } = rows
  return {
    hasSales: rows.recent.length > 0,
    ...{ fromDay, untilDay, timeZone },
    readAtMs: period.now.getTime(),
    netSats: { now: wholeSats(summary.current.netMsat), before: wholeSats(summary.previous.netMsat) },
    sales: { now: summary.current.sales, before: summary.previous.sales },
    peopleShare: {
      now: share(summary.current.peopleSales, usage.now.unlocks),
      before: share(summary.previous.peopleSales, usage.before.unlocks),
    },
    programsShare: {
      now: share(summary.current.programSales, usage.now.challenges),
      before: share(summary.previous.programSales, usage.before.challenges),
    },
    balances,
    days: rows.days.map(({ day, peopleMsat, programMsat }) => ({
      day,
      people: wholeSats(peopleMsat),
      programs: wholeSats(programMsat),
    })),
    marks: publishedMarks(published, timeZone),
    recent: rows.recent.map(toLiveSale),
    funnel: [
      { label: 'Views', count: usage.now.views },
      { label: 'Pressed Unlock', count: usage.now.unlocks },
      { label: 'Paid', count: summary.current.peopleSales },
    ],
    top: rows.top,
    steps: rows.recent.length > 0 ? [] : await firstSaleSteps(member, usage.now),
  }
}

async function readRows(tx: Tx, asked: { span: sales.Period; beforeFrom: Date; timeZone: string }) {
  const { span, beforeFrom, timeZone } = asked
  return {
    summary: await sales.readSalesSummary(tx, span),
    days: await sales.listRevenueByDay(tx, { ...span, timeZone }),
    recent: (await sales.listSales(tx, { creatorId: span.creatorId, before: null, limit: RECENT })).sales,
    top: await sales.listTopResources(tx, { ...span, limit: TOP }),
    usage: {
      now: await readFunnel(tx, span),
      before: await readFunnel(tx, { ...span, from: beforeFrom, to: span.from }),
    },
  }
}

function wholeSats(amountMsat: bigint): number {
  return Number(amountMsat / 1000n)
}

/** More paid than asked is possible, when a press was counted in the hour before; it is still everybody. */
function share(paid: number, asked: number): number | null {
  return asked === 0 ? null : Math.min(1, paid / asked)
}

/** One sale as the live feed tells it. */
export function toLiveSale(sale: sales.Sale): LiveSale {
  const { challengeId: id, title, receivedMsat, channel, settledAt } = sale
  return { id, title, amountMsat: String(receivedMsat), channel, settledAtMs: settledAt.getTime() }
}

const MARKS = 3
/** Of these the days are chosen; who publishes more than this in a period has a mark on nearly every day anyway. */
const MARKED = 200

function publishedMarks(published: readonly { title: string; publishedAt: Date }[], timeZone: string): ChartMark[] {
  const marks = published.map(({ title, publishedAt }) => ({
    day: dayOf(publishedAt, timeZone),
    text: `${title} published`,
  }))
  // On a day with several, the marks would cover each other.
  return marks.filter(({ day }, index) => marks.findIndex((other) => other.day === day) === index).slice(0, MARKS)
}

async function firstSaleSteps(member: Membership, usage: Funnel): Promise<FirstSaleStep[]> {
  const { db } = webDeps()
  const [newest] = await listResources(db, member.creatorId, { limit: 1 })
  const [live] = await listResources(db, member.creatorId, { state: 'live', limit: 1 })
  const url = live === undefined ? null : creatorUrl(member.handle, [live.slug])
  const hasVisit = usage.views + usage.unlocks + usage.challenges > 0
  const open = url === null ? null : { href: url, label: 'Open the page' }
  return [
    {
      title: 'Publish an article',
      detail: 'A free part, a paid part, a price.',
      isDone: live !== undefined,
      act:
        newest === undefined
          ? { href: '/resources/new', label: 'Write one' }
          : { href: `/resources/${newest.id}`, label: `Go on with ${newest.title || 'your draft'}` },
    },
    {
      title: 'Show it to somebody',
      detail: 'Share its address, or open it yourself as a reader would.',
      isDone: hasVisit,
      act: open,
    },
    {
      title: 'Be paid',
      detail: 'The first reader or program that pays appears here within a second.',
      isDone: false,
      act: hasVisit ? open : null,
    },
  ]
}
