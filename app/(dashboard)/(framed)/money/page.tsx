/** What a creator's sales have come to, and how far it is theirs to spend. */
import type { Metadata } from 'next'
import Link from 'next/link'
import { requireMember } from '#app/_server/auth/session.ts'
import { whileReachable } from '#app/_server/http/reachable.ts'
import { type Money, readMoney } from '#app/_server/reads/money.ts'
import { DatabaseSilent } from '#app/_ui/database-silent.tsx'
import { Icon } from '#app/_ui/icon.tsx'
import { Explained, Figures } from './figures.tsx'
import { FirstLine } from './first-line.tsx'
import { PayOut } from './pay-out.tsx'
import { Payouts } from './payouts.tsx'
import { StatementLines } from './statement-lines.tsx'

export const metadata: Metadata = { title: 'Money' }

export default async function MoneyPage() {
  const read = await whileReachable(async () => readMoney(await requireMember()))
  if (read.kind === 'silent') return <DatabaseSilent since={read.since} />
  const money = read.value
  return (
    <div className="mx-auto max-w-[1280px] px-4 pt-6 pb-10 md:px-8">
      <div className="flex items-center justify-between gap-3">
        <h1 className="text-h2">Money</h1>
        <div className="flex gap-2">
          <Link href="/money/statement" className="button button-plain button-small hidden md:inline-flex">
            Statement
          </Link>
          <a href="/money/statement/csv" className="button button-plain button-small">
            <Icon name="download" />
            CSV
          </a>
        </div>
      </div>
      <Figures money={money} />
      <div className="mt-8 grid grid-cols-[minmax(0,1fr)] gap-x-12 gap-y-9 lg:grid-cols-[minmax(0,1.28fr)_minmax(0,1fr)]">
        <div className="flex flex-col gap-9">
          <Payouts payouts={money.payouts} timeZone={money.timeZone} />
          <Newest money={money} />
        </div>
        <div className="flex flex-col gap-9 max-lg:-order-1">
          <PayOut money={money} />
          <Explained money={money} />
        </div>
      </div>
    </div>
  )
}

function Newest({ money: { newest, timeZone } }: { money: Money }) {
  return (
    <section aria-labelledby="statement-title">
      <div className="flex items-baseline justify-between gap-3">
        <h2 id="statement-title" className="text-lead">
          Statement
        </h2>
        <p className="text-table text-muted">newest first, {timeZone}</p>
      </div>
      {newest.length === 0 ? (
        <FirstLine />
      ) : (
        <>
          <StatementLines lines={newest} timeZone={timeZone} />
          <p className="mt-4 text-table">
            <Link href="/money/statement" className="link">
              The whole statement
            </Link>
          </p>
        </>
      )}
    </section>
  )
}
