'use client'
/** Revenue per day as bars, drawn in one piece with the page: people solid, programs hatched on top, every figure in the table below it too. */
import type { ChartMark, DayRevenue } from '#app/_server/reads/overview.ts'
import { chartGeometry, shortAmount } from '#app/_ui/chart-geometry.ts'
import { formatCount, formatDay } from '#app/_ui/format.ts'

const SIZES = [
  { width: 768, height: 258, className: 'hidden md:block', id: 'wide' },
  { width: 358, height: 220, className: 'md:hidden', id: 'narrow' },
] as const

interface RevenueChartProps {
  readonly days: readonly DayRevenue[]
  readonly marks: readonly ChartMark[]
  /** In which the days are counted. */
  readonly timeZone: string
}

export function RevenueChart({ days, marks, timeZone }: RevenueChartProps) {
  const people = days.reduce((sum, day) => sum + day.people, 0)
  const programs = days.reduce((sum, day) => sum + day.programs, 0)
  return (
    <section aria-labelledby="revenue-title">
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2">
        <h2 id="revenue-title" className="text-lead">
          Revenue per day
        </h2>
        <p className="flex gap-4 text-table text-muted">
          <Legend label="People" total={people} />
          <Legend label="Programs" total={programs} isHatched />
        </p>
      </div>
      {SIZES.map((size) => (
        <Picture
          key={size.id}
          size={size}
          days={days}
          marks={marks}
          label={`${formatCount(people + programs)} sats in ${days.length} days`}
        />
      ))}
      <p className="mt-1 text-label text-faint">sats per day, days in {timeZone.replaceAll('_', ' ')}</p>
      <DayTable days={days} />
    </section>
  )
}

function Legend({ label, total, isHatched = false }: { label: string; total: number; isHatched?: boolean }) {
  return (
    <span className="flex items-center gap-2">
      <svg width="12" height="12" aria-hidden="true">
        {isHatched && <Hatch id="hatch-legend" />}
        {isHatched ? (
          <rect x="0.5" y="0.5" width="11" height="11" rx="2" className="stroke-series-2" fill="url(#hatch-legend)" />
        ) : (
          <rect width="12" height="12" rx="2" className="fill-series-1" />
        )}
      </svg>
      {label} <span className="font-medium text-text">{formatCount(total)}</span>
    </span>
  )
}

/** Programs: 2 of 5 at 45 degrees, so that no series is told by its hue alone. */
function Hatch({ id }: { id: string }) {
  return (
    <defs>
      <pattern id={id} width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width="5" height="5" className="fill-series-2-soft" />
        <rect width="2" height="5" className="fill-series-2" />
      </pattern>
    </defs>
  )
}

interface PictureProps {
  size: (typeof SIZES)[number]
  days: readonly DayRevenue[]
  marks: readonly ChartMark[]
  label: string
}

function Picture({ size, days, marks, label }: PictureProps) {
  const { plot, bars, ticks, labelled } = chartGeometry(days, size)
  const floor = plot.y + plot.height
  const dayText = (index: number) =>
    `${formatDay(days[index]?.day ?? '')}${index === days.length - 1 ? ', so far' : ''}`
  return (
    <svg
      viewBox={`0 0 ${size.width} ${size.height}`}
      className={`mt-4 w-full ${size.className}`}
      role="img"
      aria-label={label}
    >
      <Hatch id={`hatch-${size.id}`} />
      {ticks.map(({ y, value }) => (
        <g key={value}>
          <line
            x1={plot.x}
            x2={plot.x + plot.width}
            y1={y}
            y2={y}
            className={value === 0 ? 'stroke-control' : 'stroke-hairline'}
            strokeDasharray={value === 0 ? undefined : '1 4'}
          />
          <text x={plot.x - 12} y={y + 4} textAnchor="end" className="fill-muted text-[13px]">
            {shortAmount(value)}
          </text>
        </g>
      ))}
      {bars.map(({ day, people, programs }) => (
        <g key={day.day}>
          <title>{`${formatDay(day.day)}: people ${formatCount(day.people)}, programs ${formatCount(day.programs)} sats`}</title>
          {people !== null && <rect {...people} className="fill-series-1" />}
          {programs !== null && <rect {...programs} fill={`url(#hatch-${size.id})`} className="stroke-series-2" />}
        </g>
      ))}
      {marks.map((mark, place) => {
        const bar = bars.find(({ day }) => day.day === mark.day)
        if (bar === undefined) return null
        const x = bar.centre - plot.width / bars.length / 2
        const isRight = x > plot.x + plot.width * 0.66
        return (
          <g key={`${mark.day} ${mark.text}`}>
            <line x1={x} x2={x} y1={8} y2={floor} className="stroke-muted" strokeDasharray="2 3" />
            <text
              x={isRight ? x - 6 : x + 6}
              y={14 + (place % 2) * 15}
              textAnchor={isRight ? 'end' : 'start'}
              className="fill-muted text-[12px]"
            >
              {mark.text}
            </text>
          </g>
        )
      })}
      {labelled.map((index) => (
        <text
          key={index}
          x={index === days.length - 1 && index > 0 ? plot.x + plot.width : bars[index]?.centre}
          y={floor + 20}
          textAnchor={index === days.length - 1 && index > 0 ? 'end' : 'middle'}
          className="fill-muted text-[13px]"
        >
          {dayText(index)}
        </text>
      ))}
    </svg>
  )
}

function DayTable({ days }: { days: readonly DayRevenue[] }) {
  return (
    <details className="mt-2 text-table">
      <summary className="w-fit text-muted hover:text-text">Show as table</summary>
      <div className="mt-2 max-h-64 overflow-y-auto">
        <table className="w-full max-w-md text-right">
          <thead className="text-label text-faint">
            <tr>
              <th className="py-1 text-left font-medium">Day</th>
              <th className="font-medium">People, sats</th>
              <th className="font-medium">Programs, sats</th>
            </tr>
          </thead>
          <tbody>
            {days.map((day) => (
              <tr key={day.day} className="border-t border-hairline">
                <th scope="row" className="py-1 text-left font-normal">
                  {day.day}
                </th>
                <td>{formatCount(day.people)}</td>
                <td>{formatCount(day.programs)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  )
}
