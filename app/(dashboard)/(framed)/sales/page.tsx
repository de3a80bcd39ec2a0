/** Every sale, newest first, found by whatever a buyer can paste. */
import type { Metadata } from 'next'
import Link from 'next/link'
import { requireMember } from '#app/_server/auth/session.ts'
import { whileReachable } from '#app/_server/http/reachable.ts'
import { parseSalesQuery, readSales, type SalesPage, type SalesQuery, salesAddress } from '#app/_server/reads/sales.ts'
import { DatabaseSilent } from '#app/_ui/database-silent.tsx'
import { Icon } from '#app/_ui/icon.tsx'
import { Filters } from './filters.tsx'
import { KeepLive } from './keep-live.tsx'
import { SaleTable } from './sale-table.tsx'
import { Search } from './search.tsx'

export const metadata: Metadata = { title: 'Sales' }

type Query = Promise<Record<string, string | string[] | undefined>>

export default async function SalesListPage({ searchParams }: { searchParams: Query }) {
  const query = parseSalesQuery(await searchParams)
  const read = await whileReachable(async () => readSales(await requireMember(), query))
  if (read.kind === 'silent') return <DatabaseSilent since={read.since} />
  const page = read.value
  const { find, ...shown } = query
  return (
    <div className="mx-auto max-w-[1280px] px-4 pt-6 pb-10 md:px-8">
      <div className="flex items-center justify-between gap-3">
        <h1 className="text-h2">Sales</h1>
        <a href={salesAddress('/sales/csv', query, query.before)} className="button button-plain button-small">
          <Icon name="download" />
          CSV
        </a>
      </div>
      <Search />
      <Filters key={salesAddress('', query, null)} {...shown} />
      <Narrowed query={query} title={page.resourceTitle} />
      {query.before === null && (
        <KeepLive
          readAtMs={page.readAtMs}
          timeZone={page.timeZone}
          shown={page.sales.map(({ challengeId }) => challengeId)}
        />
      )}
      {page.sales.length === 0 ? <Nothing query={query} /> : <SaleTable sales={page.sales} timeZone={page.timeZone} />}
      <Pages query={query} page={page} />
    </div>
  )
}

/** Says what a search or a resource leaves out, and how to see all again. */
function Narrowed({ query, title }: { query: SalesQuery; title: string | null }) {
  if (query.find === '' && query.resource === '') return null
  return (
    <p className="mt-3 text-table text-muted">
      {query.find === '' ? (
        <>
          Only sales of <bdi>{title ?? 'a resource that is gone'}</bdi>.
        </>
      ) : (
        'Only what was searched for.'
      )}{' '}
      <Link href="/sales" className="link">
        Show all sales
      </Link>
    </p>
  )
}

function Nothing({ query }: { query: SalesQuery }) {
  const isNarrowed = salesAddress('', query, query.before) !== ''
  return (
    <p className="mt-4 border-y border-hairline py-8">
      {isNarrowed ? 'None of your sales is like this.' : 'Sales appear here the second they are paid.'}
    </p>
  )
}

function Pages({ query, page }: { query: SalesQuery; page: SalesPage }) {
  return (
    <nav aria-label="Pages" className="mt-4 flex gap-4 text-table empty:hidden">
      {query.before !== null && (
        <Link href={salesAddress('/sales', query, null)} className="link">
          Newest
        </Link>
      )}
      {page.next !== null && (
        <Link href={salesAddress('/sales', query, page.next)} className="link">
          Before these
        </Link>
      )}
    </nav>
  )
}
