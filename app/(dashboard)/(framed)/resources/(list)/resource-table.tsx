/** The list: a table with room, two-line rows on a phone. */
import Link from 'next/link'
import type { ResourceRow } from '#app/_server/reads/resources.ts'
import { formatCount } from '#app/_ui/format.ts'
import { Icon, type IconName } from '#app/_ui/icon.tsx'
import { StateWord } from '#app/_ui/resource-state.tsx'
import { Sats } from '#app/_ui/sats.tsx'

export function ResourceTable({ rows, total }: { rows: readonly ResourceRow[]; total: number }) {
  if (rows.length === 0) {
    return (
      <p className="mt-6 border-y border-hairline py-8">
        Nothing here fits.{' '}
        <Link href="/resources" className="link">
          Show all {total}
        </Link>
      </p>
    )
  }
  return (
    <>
      <WideTable rows={rows} total={total} />
      <NarrowList rows={rows} />
      <p className="mt-4 text-table text-muted">Views are people only. Sales and revenue since the beginning.</p>
    </>
  )
}

const KIND_ICONS: Readonly<Record<string, IconName>> = { file: 'document', api: 'code' }

function KindIcon({ kind, className }: { kind: string; className: string }) {
  return <Icon name={KIND_ICONS[kind] ?? 'article'} className={className} />
}

/** Of what is sold in several ways the lowest price. */
function Price({ row, amount, unit = true }: { row: ResourceRow; amount: bigint; unit?: boolean }) {
  return (
    <>
      {row.hasPrices && <span className="text-muted">from </span>}
      <Sats amount={amount} unit={unit} />
    </>
  )
}

function WideTable({ rows, total }: { rows: readonly ResourceRow[]; total: number }) {
  const sum = (of: (row: ResourceRow) => number) => formatCount(rows.reduce((all, row) => all + of(row), 0))
  return (
    <table className="mt-3 hidden w-full text-table md:table">
      <thead className="h-9 text-left text-label text-faint">
        <tr>
          <th className="font-medium">Title</th>
          <th className="font-medium">Kind</th>
          <th className="text-right font-medium">Price, sats</th>
          <th className="text-right font-medium">Views, 30 days</th>
          <th className="text-right font-medium">Sales</th>
          <th className="text-right font-medium">Revenue, sats</th>
          <th className="w-32 pl-8 font-medium">State</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id} className="relative h-10 border-t border-hairline hover:bg-sunken/60">
            <th scope="row" className="max-w-80 truncate pr-4 text-left font-medium">
              {row.hasPages ? (
                <Link href={`/resources/${row.id}`} className="after:absolute after:inset-0">
                  <bdi>{row.title || 'Untitled'}</bdi>
                </Link>
              ) : (
                <bdi>{row.title}</bdi>
              )}
            </th>
            <td className="text-muted">
              <span className="flex items-center gap-2">
                <KindIcon kind={row.kind} className="size-4!" />
                {row.kind === 'api' ? 'API' : row.kind}
              </span>
            </td>
            <td className="text-right">
              {row.priceMsat === null ? (
                <span className="text-muted">none yet</span>
              ) : (
                <Price row={row} amount={row.priceMsat} unit={false} />
              )}
            </td>
            <td className="text-right text-muted">{row.state === 'draft' ? 'not yet' : formatCount(row.views)}</td>
            <td className="text-right">{row.state === 'draft' && row.sales === 0 ? '' : formatCount(row.sales)}</td>
            <td className="text-right font-semibold">
              {row.sales === 0 ? '' : <Sats amount={row.netMsat} unit={false} />}
            </td>
            <td className="pl-8 font-medium">
              <StateWord state={row.state} hasChanges={row.hasChanges} />
            </td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr className="h-10 border-y border-hairline text-muted">
          <td>
            {rows.length === total ? total : `${rows.length} of ${total}`} {total === 1 ? 'resource' : 'resources'}
          </td>
          <td />
          <td />
          <td className="text-right">{sum((row) => row.views)}</td>
          <td className="text-right">{sum((row) => row.sales)}</td>
          <td className="text-right">
            <Sats amount={rows.reduce((all, row) => all + row.netMsat, 0n)} unit={false} />
          </td>
          <td />
        </tr>
      </tfoot>
    </table>
  )
}

function NarrowList({ rows }: { rows: readonly ResourceRow[] }) {
  return (
    <ul className="mt-4 border-t border-hairline md:hidden">
      {rows.map((row) => (
        <li key={row.id} className="border-b border-hairline">
          {row.hasPages ? (
            <Link href={`/resources/${row.id}`} className="flex gap-3 py-3">
              <NarrowRow row={row} />
            </Link>
          ) : (
            <div className="flex gap-3 py-3">
              <NarrowRow row={row} />
            </div>
          )}
        </li>
      ))}
    </ul>
  )
}

function NarrowRow({ row }: { row: ResourceRow }) {
  return (
    <>
      <KindIcon kind={row.kind} className="mt-0.5 text-muted" />
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium">
          <bdi>{row.title || 'Untitled'}</bdi>
        </span>
        <span className="block text-table text-muted">
          {row.priceMsat === null ? 'no price yet' : <Price row={row} amount={row.priceMsat} />}
          {row.sales > 0 && `, ${formatCount(row.sales)} ${row.sales === 1 ? 'sale' : 'sales'}`}
        </span>
      </span>
      <span className="text-right">
        <span className="block font-semibold">
          {row.sales > 0 ? <Sats amount={row.netMsat} unit={false} /> : '\u00a0'}
        </span>
        <span className="text-table">
          <StateWord state={row.state} hasChanges={row.hasChanges} />
        </span>
      </span>
    </>
  )
}
