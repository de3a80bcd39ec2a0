/** From nothing to a page on sale: an address, a text, a price. */
import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { creatorHost } from '#app/_server/creator-url.ts'
import { findMember, requireUser } from '#app/_server/session.ts'
import { WelcomeForm } from './welcome-form.tsx'

export const metadata: Metadata = { title: 'Sell your first page' }

export default async function WelcomePage() {
  const user = await requireUser()
  if ((await findMember(user.userId)) !== null) redirect('/overview')
  return <WelcomeForm hostSuffix={creatorHost('')} firstHandle={handleFrom(user.email)} />
}

/** A first handle from the part of the address that people choose themselves. */
function handleFrom(email: string): string {
  return (email.split('@')[0] ?? '')
    .replace(/\+.*$/, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 30)
}
