/** Every price that ever was; nothing in it changes. */
import type { PriceVersion } from '#app/_server/reads/resources.ts'
import { formatClock, formatCount, formatDay, TIME_ZONE } from '#app/_ui/format.ts'

export function History({ versions }: { versions: readonly PriceVersion[] }) {
  const [newest] = versions
  if (newest === undefined) return null
  return (
    <details className="group border-t border-hairline">
      <summary className="flex h-11 list-none items-center justify-between [&::-webkit-details-marker]:hidden">
        <span className="font-medium">History</span>
        <span className="flex items-center gap-3 text-table text-muted">
          {newest.sats} since {formatDay(newest.at)}
          <svg
            viewBox="0 0 20 20"
            width="20"
            height="20"
            fill="none"
            stroke="currentColor"
            strokeWidth="1.5"
            aria-hidden="true"
            className="group-open:rotate-180"
          >
            <path d="M5 7.5l5 5 5-5" />
          </svg>
        </span>
      </summary>
      <table className="mb-4 w-full text-table">
        <thead className="text-left text-label text-faint">
          <tr className="h-8">
            <th className="font-medium">Since ({TIME_ZONE})</th>
            <th className="text-right font-medium">Price, sats</th>
            <th className="text-right font-medium">Sales</th>
          </tr>
        </thead>
        <tbody>
          {versions.map((version) => (
            <tr key={version.version} className="h-8 border-t border-hairline">
              <td>
                {formatDay(version.at)}, {formatClock(version.at)}
              </td>
              <td className="text-right font-medium">{version.sats}</td>
              <td className="text-right text-muted">{formatCount(version.sales)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  )
}
