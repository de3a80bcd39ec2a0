/** Lines of a statement: a table with room, two-line rows on a phone. */
import { dayOf } from '#app/_server/reads/local-day.ts'
import { formatClock, formatDay } from '#app/_ui/format.ts'
import { type LineName, nameOf, type StatementLine } from '#lib/paywall/ledger/statement.ts'
import { Amount } from './amount.tsx'

const WORDS: Readonly<Record<LineName, string>> = {
  sale: 'Sale',
  fee: 'Fee',
  released: 'Settled',
  payout: 'Payout',
  'fee-cap': 'Routing fee',
  sent: 'Sent',
  routing: 'Routing fee',
  'fee-returned': 'Returned',
  returned: 'Returned',
}

interface LinesProps {
  readonly lines: readonly StatementLine[]
  readonly timeZone: string
  /** Rows that are there to be looked at, before there are any. */
  readonly areExample?: boolean
}

export function StatementLines({ lines, timeZone, areExample = false }: LinesProps) {
  const rows = lines.map((line) => ({ line, ...describe(line, timeZone) }))
  return (
    <>
      <table className="mt-1 hidden w-full text-table md:table">
        <thead className="h-9 text-left text-label text-faint">
          <tr>
            <th className="w-32 font-medium">Time</th>
            <th className="w-28 font-medium">Entry</th>
            <th className="font-medium">{areExample ? 'Example' : 'About'}</th>
            <th className="text-right font-medium">Sats</th>
            <th className="w-36 text-right font-medium">Balance</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ line, time, word, about }) => (
            <tr key={String(line.line)} className="h-10 border-t border-hairline last:border-b">
              <td className="whitespace-nowrap text-muted">{time}</td>
              <th scope="row" className="text-left font-medium">
                {word}
              </th>
              <td className="max-w-60 truncate pr-3 text-muted">
                <bdi>{about}</bdi>
              </td>
              <td className="text-right">
                <Amount msat={line.changeMsat} className="font-semibold" />
              </td>
              <td className="text-right text-muted">
                <Amount msat={line.balanceMsat} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <ul className="mt-3 border-t border-hairline text-table md:hidden">
        {rows.map(({ line, time, word, about }) => (
          <li key={String(line.line)} className="border-b border-hairline py-2">
            <p className="flex justify-between gap-3">
              <span className="font-medium">{word}</span>
              <Amount msat={line.changeMsat} className="font-semibold" />
            </p>
            <p className="flex justify-between gap-3 text-muted">
              <bdi className="min-w-0 truncate">{about}</bdi>
              <span className="whitespace-nowrap">{time}</span>
            </p>
          </li>
        ))}
      </ul>
    </>
  )
}

function describe(line: StatementLine, timeZone: string) {
  const name = nameOf(line)
  const buyer = line.channel === 'browser' ? 'person' : 'program'
  const about = {
    sale: `${line.title || 'Deleted'}, ${buyer}`,
    fee: line.title || 'Deleted',
    released: 'from Settling to Available',
    payout: 'set aside to be sent',
    'fee-cap': 'the most that the way may cost',
    sent: 'to your wallet, out of what was set aside',
    routing: 'what the way cost, out of what was set aside',
    'fee-returned': 'of the routing fee set aside',
    returned: 'the payout was not made',
  }
  const time = `${formatDay(dayOf(line.at, timeZone))}, ${formatClock(line.at, timeZone)}`
  return { time, word: WORDS[name], about: about[name] }
}
