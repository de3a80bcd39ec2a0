/** Everything a creator prices, with what it earned. */
import type { Metadata } from 'next'
import Link from 'next/link'
import { listDamaged } from '#app/_server/damaged-content.ts'
import { whileReachable } from '#app/_server/reachable.ts'
import { listResourceRows, parseFilter } from '#app/_server/resources.ts'
import { requireMember } from '#app/_server/session.ts'
import { DatabaseSilent } from '#app/_ui/database-silent.tsx'
import { Icon } from '#app/_ui/icon.tsx'
import { DamagedNote } from './damaged-note.tsx'
import { EmptyList } from './empty-list.tsx'
import { Filter } from './filter.tsx'
import { ResourceTable } from './resource-table.tsx'

export const metadata: Metadata = { title: 'Resources' }

type Query = Promise<Record<string, string | string[] | undefined>>

export default async function ResourcesPage({ searchParams }: { searchParams: Query }) {
  const filter = parseFilter(await searchParams)
  const read = await whileReachable(async () => {
    const member = await requireMember()
    return { ...(await listResourceRows(member, filter)), damaged: await listDamaged(member.creatorId) }
  })
  if (read.kind === 'silent') return <DatabaseSilent since={read.since} />
  const { rows, total, damaged } = read.value
  return (
    <div className="mx-auto max-w-[1280px] px-4 pt-6 pb-10 md:px-8">
      <div className="flex items-center justify-between gap-3">
        <h1 className="text-h2">Resources</h1>
        <Link href="/resources/new" className="button button-primary button-small">
          <Icon name="plus" />
          New resource
        </Link>
      </div>
      {total === 0 ? (
        <EmptyList />
      ) : (
        <>
          <DamagedNote damaged={damaged} />
          <Filter filter={filter} />
          <ResourceTable rows={rows} total={total} />
        </>
      )}
    </div>
  )
}
