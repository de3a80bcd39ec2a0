/** Where the bars, ticks and labels of the revenue chart stand; pure arithmetic, drawn by revenue-chart.tsx. */

interface DayAmounts {
  /** `2026-11-12` */
  readonly day: string
  readonly people: number
  readonly programs: number
}

interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

interface ChartGeometry {
  readonly plot: Box
  /** One per day, in order; a part of nothing is `null`, never a bar of no height. */
  readonly bars: readonly {
    readonly day: DayAmounts
    readonly people: Box | null
    readonly programs: Box | null
    readonly centre: number
  }[]
  readonly ticks: readonly { readonly y: number; readonly value: number }[]
  /** Indices of the days that carry a label: the last, and every seventh that leaves it room. */
  readonly labelled: readonly number[]
}

/** Room around the plot: the axis at left, marks above, days below. */
const MARGIN = { left: 44, right: 8, top: 24, bottom: 30 }
const BAR_SHARE = 0.64
/** Space between the two series of a day. */
const SERIES_GAP = 1.5
const MAX_TICKS = 4

/** Geometry for `days` in a drawing of `size` in px. The zero line is always there, and an empty period has one tick at zero. */
export function chartGeometry(days: readonly DayAmounts[], size: { width: number; height: number }): ChartGeometry {
  const plot = {
    x: MARGIN.left,
    y: MARGIN.top,
    width: size.width - MARGIN.left - MARGIN.right,
    height: size.height - MARGIN.top - MARGIN.bottom,
  }
  const most = Math.max(0, ...days.map((day) => day.people + day.programs))
  const step = tickStep(most)
  const top = most === 0 ? 1 : Math.ceil(most / step) * step
  const toHeight = (amount: number) => (amount / top) * plot.height
  const pitch = plot.width / Math.max(1, days.length)
  return {
    plot,
    bars: days.map((day, index) => ({ day, ...dayBars(day, { left: plot.x + pitch * index, pitch, plot, toHeight }) })),
    ticks: tickValues(most === 0 ? 0 : top, step).map((value) => ({
      value,
      y: plot.y + plot.height - toHeight(value),
    })),
    labelled: labelledDays(days.length, pitch),
  }
}

interface DayPlace {
  readonly left: number
  readonly pitch: number
  readonly plot: Box
  readonly toHeight: (amount: number) => number
}

function dayBars(day: DayAmounts, place: DayPlace) {
  const width = place.pitch * BAR_SHARE
  const x = place.left + (place.pitch - width) / 2
  const floor = place.plot.y + place.plot.height
  const peopleHeight = place.toHeight(day.people)
  const gap = day.people > 0 && day.programs > 0 ? SERIES_GAP : 0
  const programsHeight = Math.max(0, place.toHeight(day.programs) - gap)
  return {
    centre: x + width / 2,
    people: day.people > 0 ? { x, y: floor - peopleHeight, width, height: peopleHeight } : null,
    programs:
      day.programs > 0 ? { x, y: floor - peopleHeight - gap - programsHeight, width, height: programsHeight } : null,
  }
}

/** The smallest of 1, 2, 2.5, 5 times a power of ten that needs at most four steps to reach `most`; 1 for nothing. */
export function tickStep(most: number): number {
  if (most <= 0) return 1
  const power = 10 ** Math.floor(Math.log10(most / MAX_TICKS))
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((candidate) => most / candidate <= MAX_TICKS)
  return Math.max(1, Math.ceil(step ?? power * 10))
}

function tickValues(top: number, step: number): number[] {
  return Array.from({ length: Math.round(top / step) + 1 }, (_, index) => index * step)
}

/** Width of the last label, `21 Nov, so far`, which ends at the right edge, with the half of its neighbour. */
const LAST_LABEL = 116

function labelledDays(count: number, pitch: number): number[] {
  const last = count - 1
  const weekly = Array.from({ length: count }, (_, index) => index).filter((index) => index % 7 === 0)
  return [...weekly.filter((index) => (last - index) * pitch >= LAST_LABEL), ...(count > 0 ? [last] : [])]
}

/** `0`, `500`, `5k`, `2.5k`, `1.2M`: what stands beside a tick. */
export function shortAmount(value: number): string {
  if (value >= 1_000_000) return `${trim(value / 1_000_000)}M`
  return value >= 1000 ? `${trim(value / 1000)}k` : String(value)
}

function trim(value: number): string {
  return String(Math.round(value * 10) / 10)
}
