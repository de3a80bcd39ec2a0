/**
 * Every condition we enforce, row by row: which values it takes, which value is narrower, which request it lets pass.
 *
 * A row has two rules. The value rule is a grammar with one spelling per meaning; whatever it does not read is refused,
 * because a limit that is misread is a limit that is gone. The narrowing rule compares a repeated condition with the one
 * before it: a holder may append any value that lets less pass, and a value that lets anything more pass is refused,
 * even where the request at hand would be fine. Both depend on the token alone, so their outcome is kept with it.
 *
 * The properties in `satisfier.test.ts` hold each row to that: for random values and requests, a token with one more
 * caveat never opens more, and a value that would is refused as widening.
 */
import { blockCovers, blockHolds, type CidrBlock, parseAddress, parseCidrBlock } from './address.ts'
import { coversPath, isNormalPath, normalizePath } from './path.ts'

/** What a request shows of itself to the conditions. */
export interface TokenRequest {
  readonly now: Date
  /** As sent, upper case. */
  readonly method: string
  /** Raw, as sent, without query. */
  readonly path: string
  /** The tier that the route asks for, 0 to 255. */
  readonly tier: number
  /** The capability that the route asks for; `null`: none. */
  readonly capability: string | null
  /** Client address; `null` when unknown, which no `address` condition lets pass. */
  readonly address: string | null
  /** The `Origin` field; `null` when absent. */
  readonly origin: string | null
  /** The request as a whole, see `formatRequestDigest`; asked for only by tokens that say one. Absent: none lets pass. */
  readonly digest?: () => string
}

/** One row of the table. */
export interface Satisfier<T> {
  /** The value of this text, or `null` when the grammar does not allow it. */
  parse(text: string): T | null
  /** Whether `next` is equal to or narrower than `previous`: a holder can tighten, never loosen. */
  narrows(previous: T, next: T): boolean
  /** Counted in the database (protocol.md §6.2); a discharge may not state it. */
  readonly counted?: true
}

/** At most `requests` at once, refilled over `seconds`. */
export interface Rate {
  readonly requests: number
  readonly seconds: number
}

/** Values of the conditions `<service>_<name>`. */
export interface ConditionValues {
  readonly capabilities: readonly string[]
  readonly valid_until: number
  readonly method: readonly string[]
  readonly path: string
  readonly request: string
  readonly address: readonly CidrBlock[]
  readonly origin: readonly string[]
  readonly networks: number
  readonly rate: Rate
  readonly uses: number
  readonly bytes: number
  readonly seconds: number
  readonly quality: number
  readonly variant: string
}

/** The part of a condition behind `<service>_`. */
export type ConditionName = keyof ConditionValues

// The grammars. All are anchored: JavaScript's `$` without the flag `m` matches at the very end only.
const UINT = /^(?:0|[1-9][0-9]{0,14})$/
const CAPABILITY = /^[a-z][a-z0-9_]{0,31}$/
const METHOD = /^[A-Z]{1,16}$/
const REQUEST = /^[0-9a-f]{32}$/
const VARIANT = /^[a-z0-9-]{1,32}$/
const RATE = /^([1-9][0-9]{0,5})\/([1-9][0-9]{0,4})$/
const UNIT = /^[a-z][a-z0-9]{0,15}$/
const ORIGIN = /^https?:\/\/(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::([1-9][0-9]{0,4}))?$/
const PATH_CHARACTERS = 256
const MAX_NETWORKS = 1_000
const MAX_RATE_SECONDS = 86_400
const MAX_PORT = 65_535

/** `0` or digits without leading zero, at most fifteen of them, so no number loses precision. */
export function parseUint(text: string): number | null {
  return UINT.test(text) ? Number(text) : null
}

/** Items between commas, without duplicates; `null` outside the bounds or when an item is not allowed. */
export function parseList<T>(
  text: string,
  rule: { min: number; max: number; parse: (item: string) => T | null },
): readonly T[] | null {
  if (text === '') return rule.min === 0 ? [] : null
  const texts = text.split(',', rule.max + 1)
  if (texts.length > rule.max || new Set(texts).size !== texts.length) return null
  const items: T[] = []
  for (const item of texts) {
    const value = rule.parse(item)
    if (value === null) return null
    items.push(value)
  }
  return items
}

/** A value that is its own text, if the pattern takes it. */
const matching = (pattern: RegExp) => (item: string) => (pattern.test(item) ? item : null)
/** Numbers: smaller is narrower. */
const atMost = (previous: number, next: number): boolean => next <= previous
/** Lists: fewer items are narrower; their order means nothing. */
const isSubset = (previous: readonly string[], next: readonly string[]): boolean =>
  next.every((item) => previous.includes(item))
const uint: Satisfier<number> = { parse: parseUint, narrows: atMost }
/** A limit on what is used up: tested against a counter, not against the request. */
const counted: Satisfier<number> = { ...uint, counted: true }

/** The table of protocol.md §5.3, in its order, which is also the order of minting. */
export const SATISFIERS: { readonly [K in ConditionName]: Satisfier<ConditionValues[K]> } = {
  capabilities: {
    parse: (text) => parseList(text, { min: 0, max: 32, parse: matching(CAPABILITY) }),
    narrows: isSubset,
  },
  valid_until: uint,
  method: {
    parse: (text) => parseList(text, { min: 1, max: 16, parse: matching(METHOD) }),
    narrows: isSubset,
  },
  path: {
    parse: (text) => (text.length <= PATH_CHARACTERS && isNormalPath(text) ? text : null),
    narrows: coversPath,
  },
  request: { parse: matching(REQUEST), narrows: (previous, next) => previous === next },
  address: {
    parse: (text) => parseList(text, { min: 1, max: 8, parse: parseCidrBlock }),
    narrows: (previous, next) => next.every((block) => previous.some((outer) => blockCovers(outer, block))),
  },
  origin: {
    parse: (text) => parseList(text, { min: 1, max: 8, parse: parseOrigin }),
    narrows: isSubset,
  },
  networks: {
    parse: (text) => within(parseUint(text), MAX_NETWORKS),
    narrows: atMost,
  },
  rate: {
    parse: parseRate,
    // Burst and pace each count: 30/10 bursts less than 60/60, yet runs faster.
    narrows: (previous, next) =>
      next.requests <= previous.requests && next.requests * previous.seconds <= previous.requests * next.seconds,
  },
  uses: counted,
  bytes: counted,
  seconds: counted,
  quality: uint,
  variant: { parse: matching(VARIANT), narrows: (previous, next) => previous === next },
}

/** `<service>_volume_<unit>`, counted per UTC month. */
const VOLUME: Satisfier<number> = counted
/** The only condition with a part of its own behind the name, hence not a row of the table. */
const VOLUME_PREFIX = 'volume_'

// A Map, because an object would also answer to `constructor` and its other inherited names.
const SATISFIER_OF_NAME: ReadonlyMap<string, Satisfier<unknown>> = new Map(Object.entries(SATISFIERS))

/** The row for the part of a condition behind `<service>_`; `null` when the table has none. */
export function findSatisfier(name: string): Satisfier<unknown> | null {
  return SATISFIER_OF_NAME.get(name) ?? (volumeUnit(name) === null ? null : VOLUME)
}

/** The unit of `volume_<unit>`; `null` for any other name. */
export function volumeUnit(name: string): string | null {
  if (!name.startsWith(VOLUME_PREFIX)) return null
  const unit = name.slice(VOLUME_PREFIX.length)
  return UNIT.test(unit) ? unit : null
}

/** A number from 1 to `max`. */
function within(value: number | null, max: number): number | null {
  return value === null || value < 1 || value > max ? null : value
}

/** `n/s` without leading zeros. */
function parseRate(text: string): Rate | null {
  const parts = RATE.exec(text)
  if (parts === null) return null
  const seconds = Number(parts[2])
  return seconds > MAX_RATE_SECONDS ? null : { requests: Number(parts[1]), seconds }
}

/** A browser's serialised origin: lower case, default port left out or any port named. */
function parseOrigin(text: string): string | null {
  const parts = ORIGIN.exec(text)
  return parts === null || Number(parts[1] ?? 1) > MAX_PORT ? null : text
}

/** Whether `method` is one of `methods`; HEAD follows GET. */
export function allowsMethod(methods: readonly string[], method: string): boolean {
  return methods.includes(method) || (method === 'HEAD' && methods.includes('GET'))
}

/** Whether a request's raw path is `limit` or below it; a path without normal form never is. */
export function allowsPath(limit: string, path: string): boolean {
  const normal = normalizePath(path)
  return normal !== null && coversPath(limit, normal)
}

/** Whether the client's address lies in one of the blocks; an unknown or unreadable one never does. */
export function allowsAddress(blocks: readonly CidrBlock[], address: string | null): boolean {
  const parsed = address === null ? null : parseAddress(address)
  return parsed !== null && blocks.some((block) => blockHolds(block, parsed))
}
