/** How a price comes about that does not simply stand: asked of its seller's own server, raised while many ask, or both. */
import { z } from 'zod'
import { type Msat, msat, satsToMsat } from '#lib/money.ts'
import { MAX_PRICE_SATS } from './price.ts'

/** Where the seller's server says what a request costs; never less than the offer's own price. */
export interface PriceEndpoint {
  readonly url: string
  /** `http`: a question and an answer in JSON. `grpc`: Aperture's `pricesrpc.Prices/GetPrice`. */
  readonly form: 'http' | 'grpc'
  /** `request`: each request has its price, and a token opens the one that it was sold for. `rule`: one price for all. */
  readonly per: 'request' | 'rule'
  /** Parameters of the query that the price depends on, and that are told; of a price per request. */
  readonly query: readonly string[]
  /** An answer above this sells nothing. */
  readonly ceilingSats: number
  /** For one answer, from the name of the server to the last byte. */
  readonly deadlineMs: number
  /** While the server fails, its last good answer stands until it is this old; 0: it never does. */
  readonly staleSeconds: number
}

/** A price that rises with the requests of a minute. */
export interface Surge {
  /** Up to this many requests a minute the price is what it is. */
  readonly above: number
  /** Of the price, at most. */
  readonly ceilingPercent: number
}

export interface Pricing {
  readonly endpoint: PriceEndpoint | null
  readonly surge: Surge | null
}

const MAX_SATS = Number(MAX_PRICE_SATS)
/** What an endpoint may take: longer than this nobody waits for a price. */
const DEADLINE_MS = { least: 100, most: 5_000 }
const MAX_STALE_SECONDS = 86_400
const MAX_PARAMETERS = 10
const MAX_ABOVE = 1_000_000
const MAX_PERCENT = 10_000
/** A name that is told the same by every server that reads it. */
const PARAMETER = /^[A-Za-z0-9_-]{1,64}$/

const whole = (least: number, most: number) => z.int().min(least).max(most)

/** As it stands in the column `rule.pricing`. */
export const pricingSchema = z.strictObject({
  endpoint: z.nullable(
    z.strictObject({
      url: z.string().max(2_000),
      form: z.enum(['http', 'grpc']),
      per: z.enum(['request', 'rule']),
      query: z.array(z.string().regex(PARAMETER)).max(MAX_PARAMETERS),
      ceilingSats: whole(1, MAX_SATS),
      deadlineMs: whole(DEADLINE_MS.least, DEADLINE_MS.most),
      staleSeconds: whole(0, MAX_STALE_SECONDS),
    }),
  ),
  surge: z.nullable(z.strictObject({ above: whole(1, MAX_ABOVE), ceilingPercent: whole(101, MAX_PERCENT) })),
})

/** What a row says; `null`: nothing that can be priced by. */
export function parsePricing(stored: unknown): Pricing | null {
  const read = pricingSchema.safeParse(stored)
  return read.success ? read.data : null
}

/** Field -> sentence, for what a person typed; `floorSats`: the offer's own price, when that can be read. */
export function refusePricing({ endpoint, surge }: Pricing, floorSats: number | null): Record<string, string> {
  return { ...(endpoint !== null && refuseEndpoint(endpoint, floorSats)), ...(surge !== null && refuseSurge(surge)) }
}

function refuseEndpoint(endpoint: PriceEndpoint, floorSats: number | null): Record<string, string> {
  const { url, form, per, query, ceilingSats, deadlineMs, staleSeconds } = endpoint
  const isPlainName = query.every((name) => PARAMETER.test(name)) && query.length <= MAX_PARAMETERS
  return collect('endpoint', [
    ['url', isEndpointUrl(url), 'Write an address such as https://api.example.com/price.'],
    ['form', ['http', 'grpc'].includes(form), 'Choose HTTP or gRPC.'],
    ['per', ['request', 'rule'].includes(per), 'Choose a price for each request or one for the rule.'],
    ['query', isPlainName, `Name at most ${MAX_PARAMETERS} parameters, each in letters, digits, _ and -.`],
    ['query', per === 'request' || query.length === 0, 'One price for the rule depends on no parameter.'],
    ['ceilingSats', isWithin(ceilingSats, [1, MAX_SATS]), 'Write the highest price in whole sats.'],
    ['ceilingSats', ceilingSats >= (floorSats ?? 0), 'The highest price is not below the lowest.'],
    ['deadlineMs', isWithin(deadlineMs, [DEADLINE_MS.least, DEADLINE_MS.most]), 'Choose between 0.1 and 5 seconds.'],
    ['staleSeconds', isWithin(staleSeconds, [0, MAX_STALE_SECONDS]), 'Choose between 0 seconds and a day.'],
  ])
}

function isEndpointUrl(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && /^https?:$/.test(url.protocol) && text.length <= 2_000 && url.username + url.password === ''
}

function refuseSurge({ above, ceilingPercent }: Surge): Record<string, string> {
  return collect('surge', [
    ['above', isWithin(above, [1, MAX_ABOVE]), 'Write a number of requests a minute above 0.'],
    ['ceilingPercent', isWithin(ceilingPercent, [101, MAX_PERCENT]), 'Choose between 101 and 10,000 percent.'],
  ])
}

function isWithin(value: number, [least, most]: readonly [number, number]): boolean {
  return Number.isInteger(value) && value >= least && value <= most
}

/** The first sentence for each field. */
function collect(part: string, tests: readonly (readonly [string, boolean, string])[]): Record<string, string> {
  const failed = tests.filter(([, isGood]) => !isGood).map(([field, , sentence]) => [`${part}.${field}`, sentence])
  return Object.fromEntries(failed.toReversed())
}

/**
 * The price in percent of itself at so many requests a minute: it rises as they do from the threshold on, in whole
 * percents and up to the ceiling. Twice as many requests as the threshold are twice the price.
 */
export function surgePercent({ above, ceilingPercent }: Surge, perMinute: number): number {
  if (perMinute <= above) return 100
  return Math.min(ceilingPercent, Math.floor((perMinute * 100) / above))
}

/** Rounded up, and never above what can be paid at once. */
export function raisePrice(amount: Msat, percent: number): Msat {
  const raised = (amount * BigInt(percent) + 99n) / 100n
  const most = satsToMsat(MAX_PRICE_SATS)
  return msat(raised > most ? most : raised)
}
