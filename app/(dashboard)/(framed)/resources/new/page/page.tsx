/** A part of a creator's own site to sell: its text, its sites, its price. */
import type { Metadata } from 'next'
import Link from 'next/link'
import { requireMember } from '#app/_server/auth/session.ts'
import { whileReachable } from '#app/_server/http/reachable.ts'
import { DatabaseSilent } from '#app/_ui/database-silent.tsx'
import { PageForm } from './page-form.tsx'

export const metadata: Metadata = { title: 'New page' }

export default async function NewPagePage() {
  const member = await whileReachable(requireMember)
  if (member.kind === 'silent') return <DatabaseSilent since={member.since} />
  return (
    <div className="mx-auto max-w-[1280px] px-4 pt-6 pb-10 md:px-8">
      <h1 className="text-h2">New page</h1>
      <p className="mt-1 text-muted">
        The part of your own site that is sold. It is kept here and sent to whoever paid. To sell something else,{' '}
        <Link href="/resources/new" className="link">
          see all kinds
        </Link>
        .
      </p>
      <PageForm />
    </div>
  )
}
