/** Where the server of an API is, and what it is told in secret. */

import { requireMember } from '#app/_server/auth/session.ts'
import { whileReachable } from '#app/_server/http/reachable.ts'
import { requireApi } from '#app/_server/reads/apis.ts'
import { DatabaseSilent } from '#app/_ui/database-silent.tsx'
import { ServerForm } from './server-form.tsx'

export default async function ServerPage({ params }: { params: Promise<{ id: string }> }) {
  const { id: asked } = await params
  const read = await whileReachable(async () => requireApi(await requireMember(), asked))
  if (read.kind === 'silent') return <DatabaseSilent since={read.since} />
  const { id, url, timeoutMs, headerNames } = read.value
  return <ServerForm key={id} api={{ id, url, timeoutMs, headerNames }} />
}
