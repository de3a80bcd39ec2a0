/** What earned most in the period; each row opens its resource. */
import Link from 'next/link'
import type { TopRow } from '#app/_server/reads/overview.ts'
import { formatCount } from '#app/_ui/format.ts'
import { Sats } from '#app/_ui/sats.tsx'

export function TopResources({ rows }: { rows: readonly TopRow[] }) {
  return (
    <section aria-labelledby="top-title">
      <div className="flex items-center justify-between">
        <h2 id="top-title" className="text-lead">
          Earned most
        </h2>
        <Link href="/resources" className="link text-table">
          All
        </Link>
      </div>
      <table className="mt-3 w-full text-table">
        <tbody>
          {rows.map((row) => (
            <tr key={row.resourceId} className="h-8">
              <th scope="row" className="text-left font-normal">
                {row.isDeleted ? (
                  <>
                    {row.title} <span className="text-muted">(deleted)</span>
                  </>
                ) : (
                  <Link href={`/resources/${row.resourceId}`} className="hover:underline">
                    {row.title}
                  </Link>
                )}
              </th>
              <td className="text-right text-muted">
                {formatCount(row.sales)} {row.sales === 1 ? 'sale' : 'sales'}
              </td>
              <td className="w-28 text-right font-semibold">
                <Sats amount={row.netMsat} unit={false} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
