/** Guarantees of the chart's arithmetic. */
import { describe, expect, it } from 'vitest'
import { chartGeometry, shortAmount, tickStep } from './chart-geometry.ts'

const SIZE = { width: 768, height: 258 }
const day = (people: number, programs: number, index = 0) => ({
  day: `2026-11-${String(index + 1).padStart(2, '0')}`,
  people,
  programs,
})

describe('revenue chart', () => {
  it('stands every bar on the zero line and stacks programs on people', () => {
    const { bars, plot } = chartGeometry([day(300, 100)], SIZE)
    const [bar] = bars
    expect((bar?.people?.y ?? 0) + (bar?.people?.height ?? 0)).toBeCloseTo(plot.y + plot.height)
    expect((bar?.programs?.y ?? 0) + (bar?.programs?.height ?? 0)).toBeCloseTo((bar?.people?.y ?? 0) - 1.5)
  })

  it('draws amounts in proportion to each other', () => {
    const { bars } = chartGeometry([day(100, 0), day(400, 0, 1)], SIZE)
    expect((bars[1]?.people?.height ?? 0) / (bars[0]?.people?.height ?? 1)).toBeCloseTo(4)
  })

  it('draws no bar where nothing was earned', () => {
    const { bars } = chartGeometry([day(0, 0), day(10, 0, 1)], SIZE)
    expect(bars[0]).toMatchObject({ people: null, programs: null })
    expect(bars[1]?.programs).toBeNull()
  })

  it('keeps one tick at zero for an empty period', () => {
    expect(chartGeometry([day(0, 0)], SIZE).ticks.map((tick) => tick.value)).toEqual([0])
    expect(chartGeometry([], SIZE).bars).toEqual([])
  })

  it('reaches the highest day with round ticks', () => {
    expect(tickStep(18_500)).toBe(5000)
    expect(chartGeometry([day(15_000, 3500)], SIZE).ticks.map((tick) => tick.value)).toEqual([
      0, 5000, 10_000, 15_000, 20_000,
    ])
    expect(tickStep(0)).toBe(1)
    expect(tickStep(3)).toBe(1)
  })

  it('labels each seventh day and the last, and never two that would touch', () => {
    const days = Array.from({ length: 30 }, (_, index) => day(1, 0, index))
    expect(chartGeometry(days, SIZE).labelled).toEqual([0, 7, 14, 21, 29])
    expect(chartGeometry(days, { width: 358, height: 220 }).labelled).toEqual([0, 7, 14, 29])
    expect(chartGeometry(days.slice(0, 1), SIZE).labelled).toEqual([0])
  })

  it('writes large amounts short', () => {
    expect([0, 500, 5000, 2500, 1_200_000].map(shortAmount)).toEqual(['0', '500', '5k', '2.5k', '1.2M'])
  })
})
