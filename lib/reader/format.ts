/** Writes amounts, lengths, dates and times the way every reader page writes them. */
import { formatSats, type Msat } from '#lib/money.ts'

const WORDS_PER_MINUTE = 200

/** `1,234 sats`. */
export function formatPrice(amount: Msat): string {
  return `${formatSats(amount)} sats`
}

/** `1,960 words, 10 min`; a started minute counts. */
export function formatLength(words: number): string {
  return `${formatCount(words)} words, ${formatMinutes(words)}`
}

export function formatMinutes(words: number): string {
  return `${Math.max(1, Math.ceil(words / WORDS_PER_MINUTE))} min`
}

export function formatCount(count: number): string {
  return count.toLocaleString('en-US')
}

/** `12 November 2026`, or `12 November` within the year of `now`. UTC, as the server cannot know where its reader is. */
export function formatDate(date: Date, now?: Date): string {
  const isThisYear = now !== undefined && date.getUTCFullYear() === now.getUTCFullYear()
  const year = isThisYear ? {} : { year: 'numeric' as const }
  return date.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', timeZone: 'UTC', ...year })
}

/** `13:40`: minutes and seconds left; never below `0:00`. */
export function formatTimeLeft(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** `lnbc2100n1p4s…jcq`: enough of an invoice to know it again. */
export function shortenInvoice(invoice: string): string {
  return invoice.length <= 20 ? invoice : `${invoice.slice(0, 13)}…${invoice.slice(-3)}`
}
