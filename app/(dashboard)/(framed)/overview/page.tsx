/** What came in, from whom, and what happens right now. */
import type { Metadata } from 'next'
import Link from 'next/link'
import { requireMember } from '#app/_server/auth/session.ts'
import { webDeps } from '#app/_server/deps.ts'
import { whileReachable } from '#app/_server/http/reachable.ts'
import { type Overview, readOverview } from '#app/_server/reads/overview.ts'
import { Icon } from '#app/_ui/icon.tsx'
import { Figures } from './figures.tsx'
import { FirstSale } from './first-sale.tsx'
import { Funnel } from './funnel.tsx'
import { LiveFeed } from './live-feed.tsx'
import { PeriodPicker, parsePeriod } from './period.tsx'
import { RevenueChart } from './revenue-chart.tsx'
import { SilentOverview } from './silent-overview.tsx'
import { TopResources } from './top-resources.tsx'

export const metadata: Metadata = { title: 'Overview' }

export default async function OverviewPage({ searchParams }: { searchParams: Promise<{ days?: string | string[] }> }) {
  const days = parsePeriod((await searchParams).days)
  const read = await whileReachable(async () =>
    readOverview(await requireMember(), { now: webDeps().clock.now(), days }),
  )
  const overview = read.kind === 'reached' ? read.value : null
  return (
    <div className="mx-auto max-w-[1280px] px-4 pt-6 pb-10 md:px-8">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h1 className="text-h2">Overview</h1>
        <div className="flex gap-3">
          {overview?.hasSales && <PeriodPicker days={days} fromDay={overview.fromDay} untilDay={overview.untilDay} />}
          <Link href="/resources/new" className="button button-primary button-small hidden md:inline-flex">
            <Icon name="plus" />
            New resource
          </Link>
        </div>
      </div>
      {read.kind === 'silent' ? <SilentOverview since={read.since} /> : <Known overview={read.value} />}
    </div>
  )
}

function Known({ overview }: { overview: Overview }) {
  return overview.hasSales ? (
    <Earnings overview={overview} />
  ) : (
    <FirstSale steps={overview.steps} readAtMs={overview.readAtMs} />
  )
}

function Earnings({ overview }: { overview: Overview }) {
  return (
    <>
      <Figures overview={overview} />
      <div className="mt-8 grid grid-cols-[minmax(0,1fr)] gap-x-10 gap-y-9 lg:grid-cols-[minmax(0,1fr)_minmax(260px,336px)]">
        <RevenueChart days={overview.days} marks={overview.marks} timeZone={overview.timeZone} />
        <LiveFeed sales={overview.recent} readAtMs={overview.readAtMs} timeZone={overview.timeZone} />
      </div>
      <div className="mt-9 grid grid-cols-[minmax(0,1fr)] gap-x-10 gap-y-9 lg:grid-cols-2">
        <Funnel steps={overview.funnel} />
        <TopResources rows={overview.top} />
      </div>
    </>
  )
}
