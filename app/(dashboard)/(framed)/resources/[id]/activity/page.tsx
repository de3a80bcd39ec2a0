/** What happened at a resource in the last thirty days: what was refused and why, and how its server did. */
import { requireMember } from '#app/_server/auth/session.ts'
import { whileReachable } from '#app/_server/http/reachable.ts'
import { readActivity } from '#app/_server/reads/activity.ts'
import { DatabaseSilent } from '#app/_ui/database-silent.tsx'
import { Refusals } from './refusals.tsx'
import { UpstreamPanel } from './upstream-panel.tsx'
import { Uses } from './uses.tsx'

export default async function ActivityPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params
  const read = await whileReachable(async () => readActivity(await requireMember(), id))
  if (read.kind === 'silent') return <DatabaseSilent since={read.since} />
  const { funnel, refusals, days, upstream } = read.value
  return (
    <div className="mx-auto flex max-w-[1280px] flex-col gap-10 px-4 pt-8 pb-10 md:px-8">
      <Uses funnel={funnel} />
      {upstream !== null && <UpstreamPanel upstream={upstream} />}
      <Refusals refusals={refusals} days={days} />
    </div>
  )
}
