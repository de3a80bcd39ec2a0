'use client'
/** The tabs of one resource, by its kind. */
import Link from 'next/link'
import { usePathname } from 'next/navigation'

/** Last part of the address -> word; the first one is the address itself. */
const TABS: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  api: [
    ['', 'Rules'],
    ['/server', 'Server'],
    ['/test', 'Test request'],
    ['/code', 'Sample code'],
  ],
}
const USUAL_TABS = [
  ['', 'Content'],
  ['/price', 'Price'],
] as const
const EVERYWHERE = [
  ['/access', 'Access'],
  ['/activity', 'Activity'],
] as const

export function Tabs({ resourceId, kind }: { resourceId: string; kind: string }) {
  const path = usePathname()
  const tabs = [...(TABS[kind] ?? USUAL_TABS), ...EVERYWHERE].map(([part, label]) => ({
    href: `/resources/${resourceId}${part}`,
    label,
  }))
  return (
    <nav aria-label="Resource" className="mx-auto mt-1.5 max-w-[1280px] px-4 md:px-8">
      <ul className="flex gap-6 overflow-x-auto border-b border-hairline">
        {tabs.map(({ href, label }) => (
          <li key={href}>
            <Link
              href={href}
              aria-current={path === href ? 'page' : undefined}
              className={`block border-b-2 py-1.5 font-medium whitespace-nowrap ${path === href ? 'border-accent text-text' : 'border-transparent text-muted hover:text-text'}`}
            >
              {label}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}
