'use client'
/** The overview while the database is silent: every tile stays in its place and says since when it is not known. */
import { useAskingAgain } from '#app/_ui/database-silent.tsx'
import { formatClock } from '#app/_ui/format.ts'
import { Icon } from '#app/_ui/icon.tsx'

const TILES = ['Net revenue', 'Sales', 'People’s conversion', 'Programs’ conversion', 'Available']
const SECTIONS = ['Revenue per day', 'Now', 'From view to paid', 'Earned most']

export function SilentOverview({ since }: { since: Date }) {
  useAskingAgain()
  const note = `not known since ${formatClock(since)}`
  return (
    <>
      <p role="status" className="mt-4 flex gap-3 rounded-card bg-waiting-soft p-4 text-table text-waiting">
        <Icon name="clock" />
        The database has not answered since {formatClock(since)}. This page asks again by itself; no sale is lost
        meanwhile.
      </p>
      <dl className="mt-5 grid grid-cols-2 border-y border-hairline lg:grid-cols-5">
        {TILES.map((label) => (
          <div key={label} className="py-4 lg:py-5">
            <dt className="text-table font-medium text-muted">{label}</dt>
            <dd className="mt-0.5 text-h1 font-semibold">
              –<span className="mt-0.5 block text-table font-normal text-muted">{note}</span>
            </dd>
          </div>
        ))}
      </dl>
      <div className="mt-7 grid gap-x-10 gap-y-9 lg:grid-cols-2">
        {SECTIONS.map((title) => (
          <section key={title} aria-label={title} className="border-b border-hairline pb-9">
            <h2 className="text-lead">{title}</h2>
            <p className="mt-2 text-table text-muted">{note}</p>
          </section>
        ))}
      </div>
    </>
  )
}
