'use client'
/** Ways through the dashboard: a bar at the side, at the bottom of phones. */
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { Icon, type IconName } from './icon.tsx'

const PLACES: readonly { href: string; label: string; icon: IconName }[] = [
  { href: '/overview', label: 'Overview', icon: 'overview' },
  { href: '/resources', label: 'Resources', icon: 'document' },
  { href: '/sales', label: 'Sales', icon: 'receipt' },
  { href: '/money', label: 'Money', icon: 'wallet' },
  { href: '/developers/keys', label: 'Developers', icon: 'program' },
  { href: '/settings', label: 'Settings', icon: 'settings' },
]

export function SideLinks() {
  const path = usePathname()
  return (
    <nav aria-label="Dashboard" className="mt-3 flex flex-col gap-0.5">
      {PLACES.map(({ href, label, icon }) => {
        const isHere = path.startsWith(href)
        return (
          <Link
            key={href}
            href={href}
            aria-current={isHere ? 'page' : undefined}
            title={label}
            className={`flex h-9 items-center gap-3 rounded-[4px] px-2.5 font-medium min-[1200px]:px-3 ${isHere ? 'bg-sunken text-text dark:bg-surface' : 'text-muted hover:text-text'}`}
          >
            <Icon name={icon} />
            <span className="sr-only min-[1200px]:not-sr-only">{label}</span>
          </Link>
        )
      })}
    </nav>
  )
}

/** A phone has room for five; what developers need is reached from the settings there. */
const PLACES_ON_PHONES = PLACES.filter(({ label }) => label !== 'Developers')

export function BottomBar() {
  const path = usePathname()
  return (
    <nav
      aria-label="Dashboard"
      className="fixed inset-x-0 bottom-0 z-30 flex h-16 border-t border-hairline bg-surface pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      {PLACES_ON_PHONES.map(({ href, label, icon }) => {
        const isHere = path.startsWith(href)
        return (
          <Link
            key={href}
            href={href}
            aria-current={isHere ? 'page' : undefined}
            className={`flex flex-1 flex-col items-center justify-center gap-0.5 text-table ${isHere ? 'font-semibold text-accent' : 'text-muted'}`}
          >
            <Icon name={icon} />
            {label}
          </Link>
        )
      })}
    </nav>
  )
}
