/** How a resource lets in who has paid, and whom its creator keeps out. */
import { requireMember } from '#app/_server/auth/session.ts'
import { whileReachable } from '#app/_server/http/reachable.ts'
import { readAccessTab } from '#app/_server/reads/access.ts'
import { DatabaseSilent } from '#app/_ui/database-silent.tsx'
import { AccessForm } from './access-form.tsx'
import { BlockList } from './block-list.tsx'

export default async function AccessPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params
  const read = await whileReachable(async () => readAccessTab(await requireMember(), id))
  if (read.kind === 'silent') return <DatabaseSilent since={read.since} />
  const tab = read.value
  return (
    <div className="mx-auto grid max-w-[1280px] grid-cols-[minmax(0,1fr)] gap-x-12 gap-y-12 px-4 pt-8 pb-10 md:px-8 lg:grid-cols-2">
      <AccessForm resourceId={tab.resourceId} access={tab.access} hasPreview={tab.hasPreview} sales={tab.sales} />
      <BlockList resourceId={tab.resourceId} blocks={tab.blocks} />
    </div>
  )
}
