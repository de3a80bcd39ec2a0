/** How figures and times are written on screen: grouped digits, 24 hours, the zone named where days are meant. */

/** Where nobody is known whose zone it would be. */
export const TIME_ZONE = 'UTC'

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const oneDigit = new Intl.NumberFormat('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 })
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: TIME_ZONE })
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: TIME_ZONE })

/** `1,234` */
export function formatCount(value: number | bigint): string {
  return whole.format(value)
}

/** `61.7`, for a share between 0 and 1. */
export function formatPercent(share: number): string {
  return oneDigit.format(share * 100)
}

/** `14:02`, in UTC where `timeZone` is one that this browser does not know yet. */
export function formatClock(at: Date, timeZone: string = TIME_ZONE): string {
  return (timeZone === TIME_ZONE ? clock : clockIn(timeZone)).format(at)
}

function clockIn(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone })
  } catch {
    return clock
  }
}

/** `12 Nov`, of a moment or of a day as `2026-11-12`. */
export function formatDay(at: Date | string): string {
  return day.format(typeof at === 'string' ? new Date(`${at}T00:00:00Z`) : at)
}

/** `14:02` on the clock of whoever looks; for times that happen in the browser, never for text drawn on the server. */
export function formatLocalClock(at: Date): string {
  return `${String(at.getHours()).padStart(2, '0')}:${String(at.getMinutes()).padStart(2, '0')}`
}
