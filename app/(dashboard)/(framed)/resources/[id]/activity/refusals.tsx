/** Refusals by reason: what came, what the client should have sent, and on which days. */
import type { RefusalRow } from '#app/_server/reads/activity.ts'
import { formatCount, formatDay } from '#app/_ui/format.ts'
import { describeRefusal } from './refusal-words.ts'

export function Refusals({ refusals, days }: { refusals: readonly RefusalRow[]; days: readonly string[] }) {
  return (
    <section aria-labelledby="refusals-title">
      <h2 id="refusals-title" className="text-lead">
        Refused
      </h2>
      <p className="mt-1 text-table text-muted">
        Requests that showed something and were not let in. A first question about the price is none.
      </p>
      {refusals.length === 0 ? (
        <p className="mt-4 border-t border-hairline pt-4 text-table text-muted">
          Nothing was refused in the last 30 days. What is will stand here with the sentence for whoever runs the
          client.
        </p>
      ) : (
        <ul className="mt-4 border-t border-hairline">
          {refusals.map((row) => (
            <Row key={`${row.reason} ${row.detail}`} row={row} days={days} />
          ))}
        </ul>
      )}
    </section>
  )
}

function Row({ row, days }: { row: RefusalRow; days: readonly string[] }) {
  const { reason, detail, count, byDay } = row
  const words = describeRefusal(reason, detail)
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-6 gap-y-2 border-b border-hairline py-4 md:grid-cols-[minmax(0,1fr)_10rem_4rem]">
      <div className="min-w-0">
        <p className="font-medium">{words.came}</p>
        {words.wanted !== '' && (
          <p className="mt-1 text-table text-muted">
            <span className="font-medium text-text">Should send:</span> {words.wanted}
          </p>
        )}
        <p className="mt-1 font-mono text-label break-all text-muted">
          {reason}
          {detail !== '' && ` · ${detail}`}
        </p>
      </div>
      <div className="max-md:order-3 max-md:col-span-2">
        <Days byDay={byDay} days={days} />
      </div>
      <p className="text-right font-semibold">{formatCount(count)}</p>
    </li>
  )
}

const HEIGHT = 32
const STEP = 5

/** A bar for each day; said in words for who does not see them. */
function Days({ byDay, days }: { byDay: ReadonlyMap<string, number>; days: readonly string[] }) {
  const most = Math.max(1, ...byDay.values())
  const worst = [...byDay].reduce((a, b) => (b[1] > a[1] ? b : a), ['', 0] as const)
  return (
    <svg
      viewBox={`0 0 ${days.length * STEP} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`By day: most on ${formatDay(worst[0])}, ${formatCount(worst[1])}`}
      className="h-8 w-full max-w-40"
    >
      {days.map((day, n) => {
        const height = (HEIGHT * (byDay.get(day) ?? 0)) / most
        return (
          <rect key={day} x={n * STEP} y={HEIGHT - height} width={STEP - 1} height={height} className="fill-series-1" />
        )
      })}
      <rect y={HEIGHT - 0.5} width={days.length * STEP} height={0.5} className="fill-hairline" />
    </svg>
  )
}
