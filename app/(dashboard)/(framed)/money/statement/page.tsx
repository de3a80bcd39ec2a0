/** Every line of a creator's books, with the balance after it. */
import type { Metadata } from 'next'
import Link from 'next/link'
import { requireMember } from '#app/_server/auth/session.ts'
import { whileReachable } from '#app/_server/http/reachable.ts'
import { parseStatementQuery, readStatement, type StatementQuery } from '#app/_server/reads/money.ts'
import { DatabaseSilent } from '#app/_ui/database-silent.tsx'
import { Icon } from '#app/_ui/icon.tsx'
import { FirstLine } from '#app/(dashboard)/(framed)/money/first-line.tsx'
import { StatementLines } from '#app/(dashboard)/(framed)/money/statement-lines.tsx'

export const metadata: Metadata = { title: 'Statement' }

type Query = Promise<Record<string, string | string[] | undefined>>

export default async function StatementPage({ searchParams }: { searchParams: Query }) {
  const query = parseStatementQuery(await searchParams)
  const read = await whileReachable(async () => readStatement(await requireMember(), query))
  if (read.kind === 'silent') return <DatabaseSilent since={read.since} />
  const { lines, next, timeZone } = read.value
  return (
    <div className="mx-auto max-w-[1280px] px-4 pt-6 pb-10 md:px-8">
      <p className="text-table">
        <Link href="/money" className="link">
          Money
        </Link>
      </p>
      <div className="mt-1 flex flex-wrap items-center justify-between gap-3">
        <h1 className="text-h2">Statement</h1>
        <div className="flex gap-2">
          {(['csv', 'json'] as const).map((format) => (
            <a key={format} href={`/money/statement/${format}`} className="button button-plain button-small">
              <Icon name="download" />
              {format.toUpperCase()}
            </a>
          ))}
        </div>
      </div>
      <p className="mt-2 text-table text-muted">
        Newest first, {timeZone}. The balance is Available and Settling together, after each line.{' '}
        <Link href={query.withMoves ? '/money/statement' : '/money/statement?moves=1'} className="link">
          {query.withMoves ? 'Leave out what moved within it' : 'Show what moved within it too'}
        </Link>
      </p>
      <div className="mt-4">
        {lines.length > 0 ? (
          <StatementLines lines={lines} timeZone={timeZone} />
        ) : query.before === null ? (
          <FirstLine />
        ) : (
          <p className="border-y border-hairline py-8">There is nothing before this.</p>
        )}
      </div>
      <Pages query={query} next={next} />
    </div>
  )
}

function Pages({ query, next }: { query: StatementQuery; next: bigint | null }) {
  const moves = query.withMoves ? { moves: '1' } : {}
  const href = (more: Record<string, string>) => `/money/statement?${new URLSearchParams({ ...moves, ...more })}`
  return (
    <nav aria-label="Pages" className="mt-4 flex gap-4 text-table empty:hidden">
      {query.before !== null && (
        <Link href={href({})} className="link">
          Newest
        </Link>
      )}
      {next !== null && (
        <Link href={href({ before: String(next) })} className="link">
          Before these
        </Link>
      )}
    </nav>
  )
}
