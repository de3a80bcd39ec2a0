/** From view to reading, in numbers. */
import { formatCount } from '#app/_ui/format.ts'
import type { Funnel } from '#lib/paywall/usage/usage-store.ts'

export function Uses({ funnel: { views, unlocks, challenges, reads } }: { funnel: Funnel }) {
  const figures = [
    { label: 'Previews seen', value: views },
    { label: 'Unlock pressed', value: unlocks },
    { label: '402 to programs', value: challenges },
    { label: 'Paid answers', value: reads },
  ]
  return (
    <section aria-labelledby="uses-title">
      <h2 id="uses-title" className="text-lead">
        The last 30 days
      </h2>
      <dl className="mt-3 grid grid-cols-2 gap-x-8 gap-y-4 md:grid-cols-4">
        {figures.map(({ label, value }) => (
          <div key={label}>
            <dt className="text-table text-muted">{label}</dt>
            <dd className="text-h2">{formatCount(value)}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
