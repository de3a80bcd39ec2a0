/** A source of rates: where its JSON is, where in it the rates stand, and what is read from an answer. */
import { decodeUtf8 } from '#lib/l402/bytes.ts'
import { isCurrency, parseRate } from './rate.ts'

export interface RateSource {
  readonly name: string
  /** `https:`, or `file:` for one that was recorded. */
  readonly url: string
  /** Members from the outside in; `*` stands for the currency. */
  readonly path: readonly string[]
  /** Where the answer says of when it is; `null`: it does not. */
  readonly asOf: readonly string[] | null
}

const FORM = /^([a-z0-9-]{1,40})=([^\s#,]+)#([\w*]+(?:\.[\w*]+)*)(?:@(\w+(?:\.\w+)*))?$/

/**
 * `name=url#rates.*.value@time`, comma-separated. Answers a sentence when it cannot be read, or has one or two servers:
 * a median needs three, and only what an operator recorded counts alone.
 */
export function parseRateSources(text: string): readonly RateSource[] | string {
  const parts = text === '' ? [] : text.split(',')
  const sources = parts.map(parseSource)
  const unreadable = parts.find((_, at) => sources[at] === null)
  if (unreadable !== undefined)
    return `expected name=url#path with a * for the currency, got ${unreadable.slice(0, 80)}`
  const read = sources.flatMap((source) => source ?? [])
  if (new Set(read.map(({ name }) => name)).size < read.length) return 'each source needs a name of its own'
  const isAlone = read.length === 1 && read.every(isRecorded)
  return read.length === 0 || read.length >= 3 || isAlone
    ? read
    : 'expected three or more sources, or one recorded file'
}

function parseSource(part: string): RateSource | null {
  const match = FORM.exec(part.trim())
  const [, name = '', url = '', path = '', asOf] = match ?? []
  const members = path.split('.')
  const isGood =
    /^(https?|file):\/\//.test(url) && URL.canParse(url) && members.filter((each) => each === '*').length === 1
  return match !== null && isGood ? { name, url, path: members, asOf: asOf?.split('.') ?? null } : null
}

export function isRecorded({ url }: Pick<RateSource, 'url'>): boolean {
  return url.startsWith('file:')
}

/** What an answer says; rates that are none are left out one by one. */
export interface ReadRates {
  /** Millionths per bitcoin by currency. */
  readonly rates: ReadonlyMap<string, bigint>
  /** `null`: as of now. */
  readonly asOf: Date | null
}

const MOST_CURRENCIES = 500

/** `null`: it holds no rates at the place where they should stand. */
export function readRates({ path, asOf }: RateSource, body: Uint8Array): ReadRates | null {
  const parsed = parseJson(body)
  const at = path.indexOf('*')
  const table = descend(parsed, path.slice(0, at))
  if (typeof table !== 'object' || table === null) return null
  const entries = Object.entries(table).slice(0, MOST_CURRENCIES)
  const rates = entries.flatMap(([key, value]) => {
    const currency = key.toUpperCase()
    const micro = isCurrency(currency) ? readNumber(descend(value, path.slice(at + 1))) : null
    return micro === null ? [] : [[currency, micro] as const]
  })
  return rates.length === 0
    ? null
    : { rates: new Map(rates), asOf: asOf === null ? null : readTime(descend(parsed, asOf)) }
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(decodeUtf8(body) ?? '')
  } catch {
    return null
  }
}

function descend(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, member) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, member)
        ? (inner as Record<string, unknown>)[member]
        : undefined,
    value,
  )
}

/** A JSON number is read by its shortest decimal form, which is what was sent up to fifteen digits. */
function readNumber(value: unknown): bigint | null {
  return typeof value === 'string' || typeof value === 'number' ? parseRate(String(value)) : null
}

/** Seconds since 1970, or text as in RFC 3339. */
function readTime(value: unknown): Date | null {
  const at = typeof value === 'number' ? new Date(value * 1000) : typeof value === 'string' ? new Date(value) : null
  return at === null || Number.isNaN(at.getTime()) ? null : at
}
