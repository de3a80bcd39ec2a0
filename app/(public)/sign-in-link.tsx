'use client'
/** The way in, everywhere but on the page that is the way in. */
import Link from 'next/link'
import { usePathname } from 'next/navigation'

export function SignInLink() {
  if (usePathname().startsWith('/sign-in')) return null
  return (
    <Link href="/sign-in" className="text-interface text-muted hover:text-text">
      Sign in
    </Link>
  )
}
