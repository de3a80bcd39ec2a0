/** From view to paid, people only; views stand as a number, because their bar would hide the rest. */
import type { FunnelStep } from '#app/_server/reads/overview.ts'
import { formatCount, formatPercent } from '#app/_ui/format.ts'

export function Funnel({ steps }: { steps: readonly FunnelStep[] }) {
  const most = Math.max(1, ...steps.slice(1).map((step) => step.count))
  return (
    <section aria-labelledby="funnel-title">
      <h2 id="funnel-title" className="text-lead">
        From view to paid
      </h2>
      <table className="mt-3 w-full text-table">
        <tbody>
          {steps.map((step, index) => (
            <tr key={step.label} className="h-8">
              <th scope="row" className="w-32 pr-2 text-left font-normal">
                {step.label}
              </th>
              <td className="w-auto">
                {index === 0 ? <span className="text-muted">preview loaded</span> : <Bar share={step.count / most} />}
              </td>
              <td className="w-16 text-right font-semibold">{formatCount(step.count)}</td>
              <td className="w-16 text-right text-muted">{ratio(step, steps[index - 1])}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="mt-2 text-label text-faint">people only; bars from Unlock, ratio to the step before</p>
    </section>
  )
}

function Bar({ share }: { share: number }) {
  return (
    <svg viewBox="0 0 100 12" preserveAspectRatio="none" className="h-3 w-full max-w-56" aria-hidden="true">
      <rect width={share * 100} height="12" className="fill-series-1" />
    </svg>
  )
}

function ratio(step: FunnelStep, before: FunnelStep | undefined): string {
  return before === undefined || before.count === 0 ? '' : `${formatPercent(step.count / before.count)} %`
}
