/** The frame of pages that need no account. */
import Link from 'next/link'
import type { ReactNode } from 'react'
import { findUser } from '#app/_server/auth/session.ts'
import { unlessSilent } from '#app/_server/http/reachable.ts'
import { Mark } from '#app/_ui/icon.tsx'
import { WayIn } from './way-in.tsx'

export default async function PublicLayout({ children }: { children: ReactNode }) {
  const user = await unlessSilent(findUser, null)
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="flex h-16 items-center justify-between px-5 md:px-8">
        <Link href="/" className="flex items-center gap-2.5 text-interface font-semibold">
          <Mark />
          Satstile
        </Link>
        <WayIn isSignedIn={user !== null} />
      </header>
      <div className="flex-1 pb-16">{children}</div>
    </div>
  )
}
