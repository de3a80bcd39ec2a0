'use client'
/** The tabs of one resource. */
import Link from 'next/link'
import { usePathname } from 'next/navigation'

export function Tabs({ resourceId }: { resourceId: string }) {
  const path = usePathname()
  const tabs = [
    { href: `/resources/${resourceId}`, label: 'Content' },
    { href: `/resources/${resourceId}/price`, label: 'Price' },
    { href: `/resources/${resourceId}/access`, label: 'Access' },
    { href: `/resources/${resourceId}/activity`, label: 'Activity' },
  ]
  return (
    <nav aria-label="Resource" className="mx-auto mt-1.5 max-w-[1280px] px-4 md:px-8">
      <ul className="flex gap-6 border-b border-hairline">
        {tabs.map(({ href, label }) => (
          <li key={href}>
            <Link
              href={href}
              aria-current={path === href ? 'page' : undefined}
              className={`-mb-px block border-b-2 py-1.5 font-medium ${path === href ? 'border-accent text-text' : 'border-transparent text-muted hover:text-text'}`}
            >
              {label}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}
