/** The row of five figures, each with the period before it; available money is set apart by a perforation. */
import type { ReactNode } from 'react'
import type { Compared, Overview } from '#app/_server/reads/overview.ts'
import { CountUp } from '#app/_ui/count-up.tsx'
import { formatCount, formatPercent } from '#app/_ui/format.ts'
import { Icon } from '#app/_ui/icon.tsx'
import { Sats } from '#app/_ui/sats.tsx'

export function Figures({ overview }: { overview: Overview }) {
  const { netSats, sales, peopleShare, programsShare, balances } = overview
  return (
    <dl className="mt-5 grid grid-cols-2 border-y border-hairline lg:grid-cols-[1.12fr_.86fr_1fr_1fr_1.25fr]">
      <Figure
        label="Net revenue"
        unit="sats"
        value={<CountUp value={netSats.now} />}
        change={<RelativeChange compared={netSats} />}
      />
      <Figure label="Sales" value={<CountUp value={sales.now} />} change={<RelativeChange compared={sales} />} />
      <Figure label="People’s conversion" {...share(peopleShare)} />
      <Figure label="Programs’ conversion" {...share(programsShare)} isLast />
      <div className="relative col-span-2 py-4 pl-0 lg:col-span-1 lg:py-5 lg:pl-7">
        <dt className="text-table font-medium text-muted">
          <span className="perforated-x absolute inset-x-0 -top-0.5 text-muted lg:hidden" />
          <span className="perforated-y absolute inset-y-2 left-0 hidden text-muted lg:block" />
          Available
        </dt>
        <dd className="mt-0.5">
          <p className="text-h1 font-semibold tracking-[-0.02em]">
            {balances === null ? '–' : <Sats amount={balances.availableMsat} unit={false} />} <Unit text="sats" />
          </p>
          <p className="mt-0.5 text-table text-muted">
            {balances === null ? 'not known now' : <Sats amount={balances.settlingMsat} />}
            {balances !== null && ' settling'}
          </p>
        </dd>
      </div>
    </dl>
  )
}

interface FigureProps {
  label: string
  value: ReactNode
  unit?: string
  change: ReactNode
  isLast?: boolean
}

function Figure({ label, value, unit, change, isLast = false }: FigureProps) {
  const border = isLast ? 'lg:border-r-0' : 'lg:border-r'
  return (
    <div
      className={`border-hairline py-4 odd:border-r max-lg:even:pl-4 max-lg:[&:nth-child(-n+2)]:border-b lg:py-5 lg:pl-6 lg:first:pl-0 ${border}`}
    >
      <dt className="text-table font-medium text-muted">{label}</dt>
      <dd className="mt-0.5">
        <p className="text-h1 font-semibold tracking-[-0.02em]">
          {value} {unit !== undefined && <Unit text={unit} />}
        </p>
        <p className="mt-0.5 flex flex-wrap items-center gap-x-1 text-table text-muted">{change}</p>
      </dd>
    </div>
  )
}

function Unit({ text }: { text: string }) {
  return <span className="text-lead font-medium tracking-normal text-muted">{text}</span>
}

/** A ratio without a denominator is said in words, never shown as 0 %. */
function share({ now, before }: Compared<number | null>): { value: ReactNode; unit?: string; change: ReactNode } {
  if (now === null) return { value: '–', change: 'nobody asked yet' }
  if (before === null) return { value: formatPercent(now), unit: '%', change: 'nothing to compare with' }
  return {
    value: formatPercent(now),
    unit: '%',
    change: (
      <Change
        by={now - before}
        text={`${formatPercent(Math.abs(now - before))} points`}
        from={`${formatPercent(before)} %`}
      />
    ),
  }
}

function RelativeChange({ compared: { now, before } }: { compared: Compared<number> }) {
  if (before === 0) return <>none in the period before</>
  return (
    <Change by={now - before} text={`${formatPercent(Math.abs(now - before) / before)} %`} from={formatCount(before)} />
  )
}

/** Up is not green and down is not red: the arrow is ink. */
function Change({ by, text, from }: { by: number; text: string; from: string }) {
  return (
    <>
      {by !== 0 && <Icon name={by > 0 ? 'arrowUp' : 'arrowDown'} className="size-3.5! text-text" />}
      <span className="sr-only">{by > 0 ? 'up ' : by < 0 ? 'down ' : ''}</span>
      <span className="font-medium text-text">{text}</span> from {from}
    </>
  )
}
