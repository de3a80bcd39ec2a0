/** Which days are shown; kept in the URL, chosen without script. */
import Link from 'next/link'
import { formatDay } from '#app/_ui/format.ts'
import { Icon } from '#app/_ui/icon.tsx'

const PERIODS = [7, 30, 90] as const
type PeriodDays = (typeof PERIODS)[number]

/** The period of a URL; anything unknown is the usual 30 days. */
export function parsePeriod(text: string | string[] | undefined): PeriodDays {
  return PERIODS.find((days) => String(days) === text) ?? 30
}

export function PeriodPicker({ days, fromDay, untilDay }: { days: PeriodDays; fromDay: string; untilDay: string }) {
  return (
    <details className="relative">
      <summary className="button button-plain button-small list-none font-medium [&::-webkit-details-marker]:hidden">
        {formatDay(fromDay)} to {formatDay(untilDay)}
        <Icon name="chevronDown" className="text-muted" />
      </summary>
      <ul className="absolute right-0 z-20 mt-1 w-full min-w-40 rounded-card border border-hairline bg-surface p-1 shadow-[0_8px_32px_rgb(0_0_0/0.14)]">
        {PERIODS.map((period) => (
          <li key={period}>
            <Link
              href={`/overview?days=${period}`}
              aria-current={period === days ? 'true' : undefined}
              className={`block rounded-[4px] px-3 py-1.5 text-table hover:bg-sunken ${period === days ? 'font-semibold' : ''}`}
            >
              Last {period} days
            </Link>
          </li>
        ))}
      </ul>
    </details>
  )
}
