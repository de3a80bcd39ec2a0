/** How a resource lets in who has paid, beside price and token: what its creator can switch, and within which bounds. */
import type { Rate } from '#lib/l402/satisfier.ts'

export interface Access {
  /** Nobody is let in before the payment stands in the books, whatever proof they show. */
  readonly requireSettled: boolean
  /** Who opens the page gets 402 with the preview and an invoice at once, in place of the preview alone. */
  readonly browsersPay: boolean
  /** Requests of one token: a bucket of that many, refilled within that many seconds; `null`: as often as anybody reads. */
  readonly tokenRate: Rate | null
  /** Answers of one token that may be under way at once; `null`: any number. */
  readonly tokenAtOnce: number | null
}

/** The same object for every resource without settings of its own. */
export const OPEN_ACCESS: Access = { requireSettled: false, browsersPay: false, tokenRate: null, tokenAtOnce: null }

const MAX_RATE_REQUESTS = 999_999
const MAX_RATE_SECONDS = 86_400
const MAX_AT_ONCE = 1_000

/** As the row has it: `10/60`. */
export function formatTokenRate(rate: Rate | null): string | null {
  return rate === null ? null : `${rate.requests}/${rate.seconds}`
}

export function readTokenRate(text: string | null): Rate | null {
  const [requests = 0, seconds = 0] = text?.split('/').map(Number) ?? []
  return requests > 0 && seconds > 0 ? { requests, seconds } : null
}

/** What a page sends: numbers as typed, empty where there is no limit. */
export interface AccessInput {
  readonly requireSettled: boolean
  readonly browsersPay: boolean
  readonly rateRequests: string
  readonly rateSeconds: string
  readonly atOnce: string
}

/** A sentence for each field that is wrong. */
export function parseAccess(input: AccessInput): Access | { readonly faults: Readonly<Record<string, string>> } {
  const { requireSettled, browsersPay } = input
  const requests = readBound(input.rateRequests, MAX_RATE_REQUESTS)
  const seconds = readBound(input.rateSeconds, MAX_RATE_SECONDS)
  const tokenAtOnce = readBound(input.atOnce, MAX_AT_ONCE)
  const isWrong = requests === undefined || seconds === undefined
  const isHalf = !isWrong && (requests === null) !== (seconds === null)
  const faults = {
    ...(isWrong && { rate: 'Expected 1 to 999,999 requests in 1 to 86,400 seconds.' }),
    ...(isHalf && { rate: 'A pace needs both numbers; leave both empty for none.' }),
    ...(tokenAtOnce === undefined && { atOnce: 'Expected 1 to 1,000, or nothing.' }),
  }
  if (requests === undefined || seconds === undefined || tokenAtOnce === undefined || isHalf) return { faults }
  const tokenRate = requests === null || seconds === null ? null : { requests, seconds }
  return { requireSettled, browsersPay, tokenRate, tokenAtOnce }
}

/** `null`: nothing was typed. `undefined`: no whole number from 1 to `most`. */
function readBound(text: string, most: number): number | null | undefined {
  const typed = text.trim()
  if (typed === '') return null
  const value = /^[1-9][0-9]{0,6}$/.test(typed) ? Number(typed) : 0
  return value >= 1 && value <= most ? value : undefined
}
