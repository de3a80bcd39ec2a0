/** How a creator's own server did: how long its answers took, and what was not charged since it gave none. */
import type { UpstreamFigures } from '#app/_server/reads/activity.ts'
import { formatCount } from '#app/_ui/format.ts'

export function UpstreamPanel({ upstream }: { upstream: UpstreamFigures }) {
  const { calls, p50Ms, p99Ms, failed, timeouts, unreachable } = upstream
  const uncharged = [
    { label: 'answered with an error (5xx, 408, 425, 429)', count: failed },
    { label: 'took longer than its time limit', count: timeouts },
    { label: 'could not be reached', count: unreachable },
  ].filter(({ count }) => count > 0)
  return (
    <section aria-labelledby="upstream-title">
      <h2 id="upstream-title" className="text-lead">
        Your server
      </h2>
      <dl className="mt-3 grid grid-cols-2 gap-x-8 gap-y-4 md:grid-cols-4">
        <Figure label="Calls" value={formatCount(calls)} />
        <Figure label="Half answer within" value={formatMs(p50Ms)} />
        <Figure label="99 of 100 within" value={formatMs(p99Ms)} />
        <Figure label="Not charged" value={formatCount(failed + timeouts + unreachable)} />
      </dl>
      {uncharged.length > 0 && (
        <ul className="mt-3 text-table text-muted">
          {uncharged.map(({ label, count }) => (
            <li key={label}>
              {formatCount(count)} {label}; no use was counted
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function Figure({ label, value }: { label: string; value: string }) {
  return (
    <div>
      <dt className="text-table text-muted">{label}</dt>
      <dd className="text-h2">{value}</dd>
    </div>
  )
}

/** To the first byte of the answer; right to within a fifth. */
function formatMs(ms: number | null): string {
  if (ms === null) return 'no answer yet'
  return ms < 10 ? `${ms.toFixed(1)} ms` : ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`
}
