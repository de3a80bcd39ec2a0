import { expect, test } from 'vitest'
import { formatClock, formatDay } from './format.ts'

const at = new Date('2026-11-28T23:05:00Z')

test('a clock is that of the zone, and of UTC where the zone is not known here', () => {
  expect(formatClock(at)).toBe('23:05')
  expect(formatClock(at, 'Europe/Oslo')).toBe('00:05')
  expect(formatClock(at, 'Moon/Base')).toBe('23:05')
})

test('a day is written the same from its name and from a moment in it', () => {
  expect(formatDay('2026-11-28')).toBe('28 Nov')
  expect(formatDay(at)).toBe('28 Nov')
})
