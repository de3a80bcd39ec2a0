/** What to sell: this stage knows articles. */
import type { Metadata } from 'next'
import { requireMember } from '#app/_server/auth/session.ts'
import { whileReachable } from '#app/_server/http/reachable.ts'
import { DatabaseSilent } from '#app/_ui/database-silent.tsx'
import { ImportForm } from './import-form.tsx'
import { WriteForm } from './write-form.tsx'

export const metadata: Metadata = { title: 'New resource' }

export default async function NewResourcePage() {
  const member = await whileReachable(requireMember)
  if (member.kind === 'silent') return <DatabaseSilent since={member.since} />
  return (
    <div className="mx-auto max-w-[1280px] px-4 pt-6 pb-10 md:px-8">
      <h1 className="text-h2">New resource</h1>
      <p className="mt-1 text-muted">A draft is kept from the first key; nobody sees it before you publish.</p>
      <div className="mt-6 grid max-w-3xl gap-8 border-t border-hairline pt-6 md:grid-cols-2">
        <WriteForm />
        <ImportForm />
      </div>
    </div>
  )
}
