/** Writes amounts, lengths, dates and times the way every reader page writes them. */
import { formatSats, type Msat } from '#lib/money.ts'
import type { ReaderOffer } from './props.ts'

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

const BYTE_UNITS = ['bytes', 'KB', 'MB', 'GB'] as const

/** `1.2 MB`, in powers of a thousand as stores tell it. */
export function formatBytes(bytes: number): string {
  let [size, at] = [bytes, 0]
  while (size >= 999.5 && at < BYTE_UNITS.length - 1) [size, at] = [size / 1000, at + 1]
  const digits = at > 0 && size < 9.95 ? 1 : 0
  const unit = bytes === 1 ? 'byte' : (BYTE_UNITS[at] ?? 'GB')
  return `${size.toLocaleString('en-US', { maximumFractionDigits: digits })} ${unit}`
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

const SPANS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const

/** What an offer gives: `Yours for good`, `Yours for 30 days`, `Yours for 3 uses`. */
export function formatTerms({ lastsSeconds, uses }: Pick<ReaderOffer, 'lastsSeconds' | 'uses'>): string {
  const parts = [
    ...(lastsSeconds === null ? [] : [formatSpan(lastsSeconds)]),
    ...(uses === null ? [] : [countOf(uses, 'use')]),
  ]
  return `Yours for ${parts.length === 0 ? 'good' : parts.join(', ')}`
}

function formatSpan(seconds: number): string {
  const [name, size] = SPANS.find(([, length]) => seconds % length === 0) ?? SPANS[3]
  return countOf(seconds / size, name)
}

function countOf(count: number, name: string): string {
  return `${formatCount(count)} ${name}${count === 1 ? '' : 's'}`
}
