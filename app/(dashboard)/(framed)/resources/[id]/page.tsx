/** The editor of one article. */

import { requireMember } from '#app/_server/auth/session.ts'
import { whileReachable } from '#app/_server/http/reachable.ts'
import { readDraft } from '#app/_server/reads/resources.ts'
import { DatabaseSilent } from '#app/_ui/database-silent.tsx'
import { ContentEditor } from './content-editor.tsx'

export default async function ContentPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params
  const read = await whileReachable(async () => readDraft(await requireMember(), id))
  if (read.kind === 'silent') return <DatabaseSilent since={read.since} />
  const { resource, ...editing } = read.value
  return <ContentEditor key={resource.id} resource={resource} {...editing} />
}
