/** A file to sell: chosen, described and priced in one step. */
import type { Metadata } from 'next'
import Link from 'next/link'
import { requireMember } from '#app/_server/auth/session.ts'
import { creatorHost } from '#app/_server/http/creator-url.ts'
import { whileReachable } from '#app/_server/http/reachable.ts'
import { DatabaseSilent } from '#app/_ui/database-silent.tsx'
import { MAX_FILE_BYTES } from '#lib/paywall/resources/file/file.ts'
import { formatBytes } from '#lib/reader/format.ts'
import { FileForm } from './file-form.tsx'

export const metadata: Metadata = { title: 'New file' }

export default async function NewFilePage() {
  const member = await whileReachable(requireMember)
  if (member.kind === 'silent') return <DatabaseSilent since={member.since} />
  const { handle, name } = member.value
  return (
    <div className="mx-auto max-w-[1280px] px-4 pt-6 pb-10 md:px-8">
      <h1 className="text-h2">New file</h1>
      <p className="mt-1 text-muted">
        Anything that can be downloaded, heard or watched. To write instead,{' '}
        <Link href="/resources/new" className="link">
          begin an article
        </Link>
        .
      </p>
      <FileForm host={creatorHost(handle)} creatorName={name} most={formatBytes(MAX_FILE_BYTES)} />
    </div>
  )
}
