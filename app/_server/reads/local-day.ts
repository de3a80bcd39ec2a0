/** Days as they pass where a creator lives, `2026-11-28`; pure. */

const DAY_MS = 24 * 60 * 60 * 1000

/** The day that `at` falls on in `timeZone`. */
export function dayOf(at: Date, timeZone: string): string {
  // Swedish writes dates as ISO 8601 does.
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(at)
}

/** `day` and `count` days more, or fewer. */
export function shiftDay(day: string, count: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + count * DAY_MS).toISOString().slice(0, 10)
}

/** The first moment of `day` in `timeZone`; where clocks jump over midnight, the moment of the jump. */
export function startOfDay(day: string, timeZone: string): Date {
  const midnight = Date.parse(`${day}T00:00:00Z`)
  // Zones lie within 14 hours of UTC, so the day begins between these two; halving finds where.
  let [before, after] = [midnight - 15 * 3_600_000, midnight + 15 * 3_600_000]
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (dayOf(new Date(middle), timeZone) < day) before = middle
    else after = middle
  }
  return new Date(after)
}
