/** The dashboard's frame: where one is, whose it is, what is available. */
import type { ReactNode } from 'react'
import { Mark } from '#app/_ui/icon.tsx'
import { BottomBar, SideLinks } from '#app/_ui/nav.tsx'
import { Portrait } from '#app/_ui/portrait.tsx'
import { Sats } from '#app/_ui/sats.tsx'
import type { Balances } from '#lib/paywall/ledger/ledger-store.ts'
import { AccountMenu } from './account-menu.tsx'

interface FrameProps {
  readonly name: string
  /** `null`: there is none, or it is not known now. */
  readonly picture: string | null
  /** `null`: not known now. */
  readonly email: string | null
  readonly balances: Balances | null
  readonly children: ReactNode
}

export function Frame({ name, picture, email, balances, children }: FrameProps) {
  return (
    <div className="md:grid md:min-h-dvh md:grid-cols-[64px_minmax(0,1fr)] min-[1200px]:grid-cols-[232px_minmax(0,1fr)]">
      <a href="#content" className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:bg-surface focus:p-3">
        To the content
      </a>
      <aside className="sticky top-0 hidden h-dvh flex-col border-r border-hairline px-3 py-4 md:flex">
        <p className="flex h-10 items-center gap-3 px-1.5 min-[1200px]:px-2">
          <Portrait src={picture} size={28} alt="" />
          <span className="hidden min-w-0 truncate font-semibold min-[1200px]:block">{name}</span>
        </p>
        <SideLinks />
        <p className="mt-auto flex items-center gap-2.5 border-t border-hairline px-3 pt-4 pb-1 text-interface text-muted">
          <Mark />
          <span className="hidden min-[1200px]:block">Satstile</span>
        </p>
      </aside>
      <div className="min-w-0 pb-24 md:pb-0">
        <header className="flex h-14 items-center justify-between gap-4 border-b border-hairline px-4 md:justify-end md:px-8">
          <p className="flex min-w-0 items-center gap-3 md:hidden">
            <Portrait src={picture} size={28} alt="" />
            <span className="truncate font-semibold">{name}</span>
          </p>
          <div className="flex items-center gap-4">
            <p className="text-table whitespace-nowrap">
              <span className="hidden text-muted md:inline">Available </span>
              {balances === null ? (
                <span className="text-muted">not known now</span>
              ) : (
                <Sats amount={balances.availableMsat} className="font-semibold" />
              )}
            </p>
            {email !== null && <AccountMenu email={email} />}
          </div>
        </header>
        <main id="content">{children}</main>
      </div>
      <BottomBar />
    </div>
  )
}
