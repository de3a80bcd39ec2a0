/** Sign in by a link that comes by e-mail; the same link makes an account. */
import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { findUser } from '#app/_server/auth/session.ts'
import { readAskingBrowser } from '#app/_server/auth/sign-in-cookies.ts'
import { whileReachable } from '#app/_server/http/reachable.ts'
import { DatabaseSilent } from '#app/_ui/database-silent.tsx'
import { SignInForm } from './form.tsx'

export const metadata: Metadata = { title: 'Sign in' }

/** What the codes mean with which a browser is sent back here. */
const FAULTS: ReadonlyMap<string, string> = new Map([
  ['Address', 'This is not an e-mail address we can send to. It looks like name@example.org.'],
  ['Limited', 'Many links were asked for from your network. Use the newest one, or try again in a few minutes.'],
  ['Failed', 'The mail could not be sent. Nothing is lost; try again in a minute.'],
  ['Unsent', 'The database does not answer, so no link was sent. Nothing is lost; try again in a minute.'],
  ['Verification', 'This link was used already or ran out. Ask for a new one here.'],
  ['Silent', 'The database does not answer. The link still works: open it once more in a moment.'],
  [
    'OtherBrowser',
    'This link opens only in the browser that asked for it. Open it there, type its code there, or ask for a new one here.',
  ],
  ['Tries', 'Ten codes did not fit. Ask for a new one here.'],
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
      <SignInForm email={(await readAskingBrowser()).typed} fault={fault} />
    </main>
  )
}
