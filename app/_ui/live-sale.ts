/** One sale as the live feed tells it: the same shape from the server's first page and from its event stream. */
import { type Guard, isNumber, isString, object, parseJson } from './json-guard.ts'

export interface LiveSale {
  readonly id: string
  readonly title: string
  /** Millisatoshi as decimal digits; JSON has no integers of that size. */
  readonly amountMsat: string
  readonly channel: 'browser' | 'http'
  /** Unix milliseconds. */
  readonly settledAtMs: number
}

const isDigits: Guard<string> = (value): value is string => isString(value) && /^\d+$/.test(value)
const isChannel: Guard<LiveSale['channel']> = (value): value is LiveSale['channel'] =>
  value === 'browser' || value === 'http'

const isLiveSale = object<LiveSale>({
  id: isString,
  title: isString,
  amountMsat: isDigits,
  channel: isChannel,
  settledAtMs: isNumber,
})

/** The sale in one event's data; `null` for anything else. */
export function parseLiveSale(text: string): LiveSale | null {
  return parseJson(text, isLiveSale)
}
