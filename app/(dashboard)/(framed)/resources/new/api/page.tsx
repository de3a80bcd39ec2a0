/** An API to sell: what it is called and where its server is; its rules come next. */
import type { Metadata } from 'next'
import Link from 'next/link'
import { requireMember } from '#app/_server/auth/session.ts'
import { creatorHost } from '#app/_server/http/creator-url.ts'
import { whileReachable } from '#app/_server/http/reachable.ts'
import { DatabaseSilent } from '#app/_ui/database-silent.tsx'
import { ApiForm } from './api-form.tsx'

export const metadata: Metadata = { title: 'New API' }

export default async function NewApiPage() {
  const member = await whileReachable(requireMember)
  if (member.kind === 'silent') return <DatabaseSilent since={member.since} />
  return (
    <div className="mx-auto max-w-[1280px] px-4 pt-6 pb-10 md:px-8">
      <h1 className="text-h2">New API</h1>
      <p className="mt-1 text-muted">
        Your server stays where it is; requests that were paid for are passed on to it. To sell something else,{' '}
        <Link href="/resources/new" className="link">
          see all kinds
        </Link>
        .
      </p>
      <ApiForm host={creatorHost(member.value.handle)} />
    </div>
  )
}
