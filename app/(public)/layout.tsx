/** The frame of pages that need no account. */
import Link from 'next/link'
import type { ReactNode } from 'react'
import { Mark } from '#app/_ui/icon.tsx'
import { SignInLink } from './sign-in-link.tsx'

export default function PublicLayout({ children }: { children: ReactNode }) {
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="flex h-16 items-center justify-between px-5 md:px-8">
        <Link href="/" className="flex items-center gap-2.5 text-interface font-semibold">
          <Mark />
          Satstile
        </Link>
        <SignInLink />
      </header>
      <div className="flex-1 pb-16">{children}</div>
    </div>
  )
}
