/** Everything a creator prices, with what it earned. */
import type { Metadata } from 'next'
import Link from 'next/link'
import { requireMember } from '#app/_server/auth/session.ts'
import { whileReachable } from '#app/_server/http/reachable.ts'
import { listDamaged } from '#app/_server/reads/damaged-content.ts'
import { listResourceRows, parseFilter } from '#app/_server/reads/resources.ts'
import { DatabaseSilent } from '#app/_ui/database-silent.tsx'
import { Icon } from '#app/_ui/icon.tsx'
import { DamagedNote } from './damaged-note.tsx'
import { DoneNote } from './done-note.tsx'
import { EmptyList } from './empty-list.tsx'
import { Filter } from './filter.tsx'
import { ResourceTable } from './resource-table.tsx'

export const metadata: Metadata = { title: 'Resources' }

type Query = Promise<Record<string, string | string[] | undefined>>

export default async function ResourcesPage({ searchParams }: { searchParams: Query }) {
  const query = await searchParams
  const filter = parseFilter(query)
  const read = await whileReachable(async () => {
    const member = await requireMember()
    return { ...(await listResourceRows(member, filter)), damaged: await listDamaged(member.creatorId) }
  })
  if (read.kind === 'silent') return <DatabaseSilent since={read.since} />
  const { rows, total, next, damaged } = read.value
  return (
    <div className="mx-auto max-w-[1280px] px-4 pt-6 pb-10 md:px-8">
      <div className="flex items-center justify-between gap-3">
        <h1 className="text-h2">Resources</h1>
        <Link href="/resources/new" className="button button-primary button-small">
          <Icon name="plus" />
          New resource
        </Link>
      </div>
      <DoneNote done={query.done} />
      {total === 0 ? (
        <EmptyList />
      ) : (
        <>
          <DamagedNote damaged={damaged} />
          <Filter filter={filter} />
          <ResourceTable rows={rows} total={total} />
          <Pages isFirst={filter.before === null} next={next} />
        </>
      )}
    </div>
  )
}

function Pages({ isFirst, next }: { isFirst: boolean; next: string | null }) {
  return (
    <nav aria-label="Pages" className="mt-4 flex gap-4 text-table empty:hidden">
      {!isFirst && (
        <Link href="/resources" className="link">
          Last touched
        </Link>
      )}
      {next !== null && (
        <Link href={`/resources?${next}`} className="link">
          Touched before these
        </Link>
      )}
    </nav>
  )
}
