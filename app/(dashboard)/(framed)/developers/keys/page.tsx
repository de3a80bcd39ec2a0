/** Secret keys of a creator's own servers: made, put in another's place, ended; shown whole once. */
import type { Metadata } from 'next'
import { requireMember } from '#app/_server/auth/session.ts'
import { whileReachable } from '#app/_server/http/reachable.ts'
import { readKeys } from '#app/_server/reads/keys.ts'
import { DatabaseSilent } from '#app/_ui/database-silent.tsx'
import { KeyDesk } from './key-desk.tsx'

export const metadata: Metadata = { title: 'Keys' }

export default async function KeysPage() {
  const read = await whileReachable(async () => readKeys(await requireMember()))
  if (read.kind === 'silent') return <DatabaseSilent since={read.since} />
  return (
    <div className="mx-auto max-w-[1280px] px-4 pt-6 pb-10 md:px-8">
      <h1 className="text-h2">Keys</h1>
      <p className="mt-2 max-w-[640px] text-muted">
        With a secret key your own server asks whether a request was paid for, by{' '}
        <code className="font-mono text-table">POST /api/v1/verify</code>. It never belongs into a page or an app.
      </p>
      <KeyDesk keys={read.value} />
    </div>
  )
}
