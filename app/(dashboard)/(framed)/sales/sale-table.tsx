/** Sales, newest first: a table with room, two-line rows on a phone. */
import Link from 'next/link'
import { dayOf } from '#app/_server/reads/local-day.ts'
import { formatClock, formatDay } from '#app/_ui/format.ts'
import { Icon } from '#app/_ui/icon.tsx'
import { Sats } from '#app/_ui/sats.tsx'
import { encodeHex } from '#lib/l402/bytes.ts'
import type { Sale } from '#lib/paywall/settlements/sale-store.ts'

interface TableProps {
  readonly sales: readonly Sale[]
  readonly timeZone: string
}

export function SaleTable({ sales, timeZone }: TableProps) {
  return (
    <>
      <table className="mt-4 hidden w-full text-table md:table">
        <thead className="h-9 text-left text-label text-faint">
          <tr>
            <th className="w-36 font-medium">Time</th>
            <th className="font-medium">Resource</th>
            <th className="w-24 pr-6 text-right font-medium">Sats</th>
            <th className="w-36 font-medium">Who</th>
            <th className="w-28 font-medium">State</th>
            <th className="w-24 font-medium">Token</th>
          </tr>
        </thead>
        <tbody>
          {sales.map((sale) => (
            <tr key={sale.challengeId} className="h-10 border-t border-hairline last:border-b">
              <td className="whitespace-nowrap text-muted">{timeOf(sale, timeZone)}</td>
              <th scope="row" className="max-w-60 truncate pr-3 text-left font-medium">
                <Title sale={sale} />
              </th>
              <td className="pr-6 text-right">
                <Sats amount={sale.receivedMsat} unit={false} className="font-semibold" />
              </td>
              <td>
                <Who sale={sale} />
              </td>
              <td>
                <State sale={sale} />
              </td>
              <td className="font-mono text-muted">{shortTokenId(sale)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <ul className="mt-4 border-t border-hairline text-table md:hidden">
        {sales.map((sale) => (
          <li key={sale.challengeId} className="border-b border-hairline py-2">
            <p className="flex justify-between gap-3">
              <span className="min-w-0 truncate font-medium">
                <Title sale={sale} />
              </span>
              <Sats amount={sale.receivedMsat} className="font-semibold" />
            </p>
            <p className="mt-1 flex justify-between gap-3 text-muted">
              <Who sale={sale} />
              <State sale={sale} />
              <span className="whitespace-nowrap">{timeOf(sale, timeZone)}</span>
            </p>
          </li>
        ))}
      </ul>
    </>
  )
}

function Title({ sale }: { sale: Sale }) {
  if (sale.title === '') return <span className="text-error">Deleted</span>
  return (
    <Link href={`/sales?resource=${sale.resourceId}`} className="hover:underline">
      <bdi>{sale.title}</bdi>
    </Link>
  )
}

function Who({ sale }: { sale: Sale }) {
  const isProgram = sale.channel === 'http'
  return (
    <span className="flex items-center gap-1.5 text-muted">
      <Icon name={isProgram ? 'program' : 'person'} className="size-4!" />
      {isProgram ? 'program, HTTP' : 'person, hosted'}
    </span>
  )
}

function State({ sale }: { sale: Sale }) {
  return (
    <span className={`flex items-center gap-1.5 ${sale.revoked ? 'text-error' : 'text-paid'}`}>
      <Icon name={sale.revoked ? 'lock' : 'check'} className="size-4!" />
      {sale.revoked ? 'revoked' : 'paid'}
    </span>
  )
}

/** Eight digits after those of the key, which all sales under one key share. */
function shortTokenId({ tokenId }: Sale): string {
  return encodeHex(tokenId.subarray(4, 8))
}

function timeOf({ settledAt }: Sale, timeZone: string): string {
  return `${formatDay(dayOf(settledAt, timeZone))}, ${formatClock(settledAt, timeZone)}`
}
