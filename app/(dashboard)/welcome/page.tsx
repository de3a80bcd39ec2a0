/** From nothing to a page on sale: an address, a text, a price. */
import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { findMember, requireUser, type SignedIn } from '#app/_server/auth/session.ts'
import { creatorHost } from '#app/_server/http/creator-url.ts'
import { whileReachable } from '#app/_server/http/reachable.ts'
import { DatabaseSilent } from '#app/_ui/database-silent.tsx'
import { WelcomeForm } from './welcome-form.tsx'

export const metadata: Metadata = { title: 'Sell your first page' }

export default async function WelcomePage() {
  const newcomer = await whileReachable(requireNewcomer)
  if (newcomer.kind === 'silent') return <DatabaseSilent since={newcomer.since} />
  return <WelcomeForm hostSuffix={creatorHost('')} />
}

/** Who has a creator already has nothing to do here. */
async function requireNewcomer(): Promise<SignedIn> {
  const user = await requireUser()
  return (await findMember(user.userId)) === null ? user : redirect('/overview')
}
