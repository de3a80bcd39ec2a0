/** Test request: what passes when somebody asks, as a stranger, a payer, or one whose access has ended. */

import { requireMember } from '#app/_server/auth/session.ts'
import { whileReachable } from '#app/_server/http/reachable.ts'
import { requireApi } from '#app/_server/reads/apis.ts'
import { examplesOf } from '#app/_ui/api/example-path.ts'
import { DatabaseSilent } from '#app/_ui/database-silent.tsx'
import { Console } from './console.tsx'

export default async function TestPage({ params }: { params: Promise<{ id: string }> }) {
  const { id: asked } = await params
  const read = await whileReachable(async () => requireApi(await requireMember(), asked))
  if (read.kind === 'silent') return <DatabaseSilent since={read.since} />
  const { id, slug, rules } = read.value
  return <Console key={id} id={id} slug={slug} examples={examplesOf(rules)} />
}
