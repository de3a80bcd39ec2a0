import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dayOf, shiftDay, startOfDay } from './local-day.ts'

describe('a day begins', () => {
  test.each([
    ['2026-11-28', 'UTC', '2026-11-28T00:00:00.000Z'],
    ['2026-11-28', 'Europe/Oslo', '2026-11-27T23:00:00.000Z'],
    ['2026-03-29', 'Europe/Oslo', '2026-03-28T23:00:00.000Z'],
    ['2026-03-30', 'Europe/Oslo', '2026-03-29T22:00:00.000Z'],
    ['2026-11-28', 'Pacific/Kiritimati', '2026-11-27T10:00:00.000Z'],
    ['2026-11-28', 'Pacific/Pago_Pago', '2026-11-28T11:00:00.000Z'],
    ['2026-11-28', 'Asia/Kathmandu', '2026-11-27T18:15:00.000Z'],
    // Clocks here go from 24:00 to 1:00, so this day has no midnight.
    ['2026-09-06', 'America/Santiago', '2026-09-06T04:00:00.000Z'],
  ])('%s in %s at %s', (day, timeZone, moment) => expect(startOfDay(day, timeZone).toISOString()).toBe(moment))

  test('in the moment before it is the day before', () => {
    const zones = ['UTC', 'Europe/Oslo', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'Africa/Cairo']
    const days = fc.integer({ min: 0, max: 20_000 }).map((count) => shiftDay('1980-01-01', count))
    fc.assert(
      fc.property(days, fc.constantFrom(...zones), (day, timeZone) => {
        const begin = startOfDay(day, timeZone)
        expect(dayOf(begin, timeZone)).toBe(day)
        expect(dayOf(new Date(begin.getTime() - 1), timeZone)).toBe(shiftDay(day, -1))
      }),
      { numRuns: 60 },
    )
  })
})
