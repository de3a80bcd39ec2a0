/** Sign in by a link that comes by e-mail; the same link makes an account. */
import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { findUser } from '#app/_server/auth/session.ts'
import { whileReachable } from '#app/_server/http/reachable.ts'
import { DatabaseSilent } from '#app/_ui/database-silent.tsx'
import { SignInForm } from './form.tsx'

export const metadata: Metadata = { title: 'Sign in' }

/** What next-auth's error codes, and ours beside them, mean for whoever came back with one. */
const FAULTS: ReadonlyMap<string, string> = new Map([
  ['Verification', 'This link was used already or ran out. Ask for a new one here.'],
  ['Silent', 'The database does not answer. The link still works: open it once more in a moment.'],
  ['OtherBrowser', 'This link opens only in the browser that asked for it. Open it there, or ask for a new one here.'],
])

export default async function SignInPage({ searchParams }: { searchParams: Promise<{ error?: string | string[] }> }) {
  const user = await whileReachable(findUser)
  if (user.kind === 'silent') return <DatabaseSilent since={user.since} />
  if (user.value !== null) redirect('/overview')
  const { error } = await searchParams
  const fault =
    typeof error === 'string' ? (FAULTS.get(error) ?? 'Signing in did not work. Ask for a new link here.') : null
  return (
    <main className="mx-auto mt-10 w-full max-w-[448px] px-5 md:mt-32">
      <h1 className="text-h1 tracking-[-0.01em]">Sign in</h1>
      <p className="mt-2 text-interface text-muted">New here? The same link makes your account.</p>
      <SignInForm fault={fault} />
    </main>
  )
}
