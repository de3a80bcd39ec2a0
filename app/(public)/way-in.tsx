'use client'
/** The way in, everywhere but on the page that is the way in; for whoever is in already, the way on. */
import Link from 'next/link'
import { usePathname } from 'next/navigation'

export function WayIn({ isSignedIn }: { isSignedIn: boolean }) {
  if (usePathname().startsWith('/sign-in')) return null
  return (
    <Link href={isSignedIn ? '/overview' : '/sign-in'} className="text-interface text-muted hover:text-text">
      {isSignedIn ? 'Your dashboard' : 'Sign in'}
    </Link>
  )
}
