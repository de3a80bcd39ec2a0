/** What a request to an API costs: rules in order, of which the first that fits decides. */
import type { VolumeMeter } from '#lib/paywall/entitlements/volume-meter.ts'
import { type Pricing, refusePricing } from '#lib/paywall/offers/pricing.ts'
import type { AskedPath, Pattern } from './path-pattern.ts'
import { coversPattern, matchPatterns, parsePattern } from './path-pattern.ts'

export interface Rule {
  /** What it opens, in tokens; `null`: it is free. */
  readonly service: string | null
  /** A short word for people and for the service's name: `best`. */
  readonly name: string
  /** None: all of them. `GET` is also `HEAD`. */
  readonly methods: readonly string[]
  /** In lower case without a port; `null`: any. */
  readonly host: string | null
  /** Below the API's own address: `/scores/*`. */
  readonly path: string
  readonly tier: number
  readonly capability: string | null
  /** How its price comes about; absent: the price of its offer stands. */
  readonly pricing?: Pricing
  /** How an answer is measured; left out or `null`: it is not. */
  readonly meter?: VolumeMeter | null
  /** Requests of one network in one month that cost nothing; left out or `null`: none. */
  readonly freeMonthly?: number | null
}

/** Rules with their patterns read, so that a request does not read them again. */
export interface RuleTable {
  readonly rules: readonly Rule[]
  readonly patterns: readonly Pattern[]
}

/** A rule whose path is no pattern means nothing, so what it would have priced is not served. */
export function createRuleTable(rules: readonly Rule[]): RuleTable {
  const read = rules.flatMap((rule) => {
    const pattern = parsePattern(rule.path)
    return pattern === null ? [] : [{ rule, pattern }]
  })
  return { rules: read.map(({ rule }) => rule), patterns: read.map(({ pattern }) => pattern) }
}

/** The path in its one spelling, and the rules that mean it; `null`: none does, or not without doubt. */
export function matchRules({ patterns }: RuleTable, rawPath: string): AskedPath | null {
  const asked = matchPatterns(patterns, rawPath)
  return asked === null || asked.fitting.length === 0 ? null : asked
}

export type Chosen =
  | { readonly kind: 'rule'; readonly rule: Rule }
  /** The path is there, under other methods; empty: not at this host. */
  | { readonly kind: 'other-methods'; readonly methods: readonly string[] }

/** The first rule that fits method and host. */
export function chooseRule({ rules }: RuleTable, { fitting }: AskedPath, by: { method: string; host: string }): Chosen {
  const host = by.host.replace(/:\d+$/, '')
  const atHost = fitting
    .map((n) => rules[n] as Rule)
    .filter((candidate) => candidate.host === null || candidate.host === host)
  const rule = atHost.find((candidate) => allowsMethod(candidate, by.method))
  if (rule !== undefined) return { kind: 'rule', rule }
  return { kind: 'other-methods', methods: [...new Set(atHost.flatMap(({ methods }) => methods))] }
}

/** They send a request back to whoever asked, with what was added to it on the way. */
const ECHOING: ReadonlySet<string> = new Set(['TRACE', 'TRACK', 'CONNECT'])

function allowsMethod({ methods }: Rule, method: string): boolean {
  if (ECHOING.has(method)) return false
  return methods.length === 0 || methods.includes(method) || (method === 'HEAD' && methods.includes('GET'))
}

/** Rules that no request reaches, because one that stands before means all that they mean: index -> index of that one. */
export function findShadowed({ rules, patterns }: RuleTable): ReadonlyMap<number, number> {
  const shadowed = new Map<number, number>()
  for (const [n, rule] of rules.entries()) {
    const by = rules.findIndex((earlier, at) => at < n && coversRule(earlier, rule) && coversAt(patterns, at, n))
    if (by !== -1) shadowed.set(n, by)
  }
  return shadowed
}

function coversAt(patterns: readonly Pattern[], outer: number, inner: number): boolean {
  return coversPattern(patterns[outer] as Pattern, patterns[inner] as Pattern)
}

function coversRule(outer: Rule, inner: Rule): boolean {
  if (outer.host !== null && outer.host !== inner.host) return false
  return outer.methods.length === 0 || (inner.methods.length > 0 && inner.methods.every((m) => allowsMethod(outer, m)))
}

/** A rule as its seller writes it, with what it is sold for. */
export interface RuleInput extends Omit<Rule, 'service' | 'pricing'> {
  /** Of the rule that this one was before, so that what was sold of it stays good; left out: it is a new one. */
  readonly service?: string | null
  readonly offer: RuleOffer | null
  /** More of it at once, for another price; left out or `null`: there is no pack. */
  readonly pack?: RuleOffer | null
}

export interface RuleOffer {
  /** Sats as typed; where a server names the price, the lowest that it may be. */
  readonly price: string
  readonly pricing?: Pricing
  /** `null`: for ever, any number of times, at any pace. */
  readonly lastsSeconds: number | null
  readonly uses: number | null
  readonly rate: string | null
  /** Amounts that are drawn down; left out or `null`: any amount. `volume` is in the unit of the rule's meter. */
  readonly bytes?: number | null
  readonly seconds?: number | null
  readonly volume?: number | null
}

const MAX_RULES = 200
const METHOD = /^[A-Z]{1,16}$/
const NAME = /^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/
const HOST = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/
const CAPABILITY = /^[a-z][a-z0-9_]{0,31}$/
const RATE = /^[1-9]\d{0,5}\/([1-9]\d{0,4})$/
const MAX_RATE_SECONDS = 86_400
const MAX_COUNT = 1_000_000_000
const MAX_AMOUNT = 999_999_999_999
const MAX_FREE = 1_000_000

/** Field -> sentence, for what a person typed: `rules.2.path`. Empty: all of it can be kept. */
export function refuseRules(rules: readonly RuleInput[]): Record<string, string> {
  if (rules.length === 0) return { rules: 'An API needs at least one rule.' }
  if (rules.length > MAX_RULES) return { rules: `An API has at most ${MAX_RULES} rules.` }
  return Object.assign(
    {},
    ...rules.map((rule, n) =>
      prefixed(`rules.${n}`, { ...refuseShape(rule), ...refuseMetering(rule), ...refuseOffers(rule) }),
    ),
  )
}

function refuseShape(rule: RuleInput): Record<string, string> {
  return collect([
    ['name', NAME.test(rule.name), 'Use the letters a to z, digits and hyphens.'],
    ['methods', rule.methods.every((method) => METHOD.test(method)), 'Write methods in capitals: GET, POST.'],
    ['host', rule.host === null || HOST.test(rule.host), 'Write a host in lower case, without a port.'],
    ['path', parsePattern(rule.path) !== null, 'Write a path such as /scores/* or /files/**.'],
    ['tier', Number.isInteger(rule.tier) && rule.tier >= 0 && rule.tier <= 255, 'A tier is a number from 0 to 255.'],
    [
      'capability',
      rule.capability === null || CAPABILITY.test(rule.capability),
      'Use lower-case letters, digits and _.',
    ],
  ])
}

/** What has no price is neither measured nor free for a while. */
function refuseMetering({ offer, meter = null, freeMonthly = null }: RuleInput): Record<string, string> {
  const isSold = offer !== null
  return collect([
    ['meter', meter === null || isSold, 'What is free is not measured.'],
    ['freeMonthly', freeMonthly === null || (isSold && isCount(freeMonthly, MAX_FREE)), 'Write a number above 0.'],
  ])
}

function refuseOffers({ offer, pack = null, meter = null }: RuleInput): Record<string, string> {
  const unit = meter?.unit ?? null
  const isAlone = pack !== null && offer === null
  const isMoving = pack !== null && (pack.pricing !== undefined || Boolean(offer?.pricing?.endpoint))
  return {
    ...(offer !== null && refuseTerms(offer, unit)),
    ...(pack !== null && prefixed('pack', refuseTerms(pack, unit))),
    ...(isAlone && { pack: 'A pack needs a price for one beside it.' }),
    ...(isMoving && { pack: 'A pack has a price that stands, so the price for one has to stand too.' }),
  }
}

function refuseTerms(terms: RuleOffer, unit: string | null): Record<string, string> {
  const { lastsSeconds, uses, rate, price, pricing, bytes = null, seconds: open = null, volume = null } = terms
  const seconds = rate === null ? 1 : Number(RATE.exec(rate)?.[1] ?? Number.NaN)
  const floorSats = /^\d{1,7}$/.test(price) ? Number(price) : null
  const faults = collect([
    ['lastsSeconds', isCount(lastsSeconds), 'Write a number of seconds above 0.'],
    ['uses', isCount(uses), 'Write a number of uses above 0.'],
    ['bytes', isCount(bytes, MAX_AMOUNT), 'Write a number of bytes above 0.'],
    ['seconds', isCount(open, MAX_AMOUNT), 'Write a number of seconds above 0.'],
    [
      'volume',
      isCount(volume, MAX_AMOUNT) && (volume === null || unit !== null),
      'Write a number of units above 0, and how they are measured.',
    ],
    ['rate', seconds <= MAX_RATE_SECONDS, 'Write a number of requests and of seconds: 10/60.'],
  ])
  return { ...faults, ...(pricing !== undefined && refusePricing(pricing, floorSats)) }
}

function isCount(value: number | null, most = MAX_COUNT): boolean {
  return value === null || (Number.isInteger(value) && value > 0 && value <= most)
}

function collect(tests: readonly (readonly [string, boolean, string])[]): Record<string, string> {
  return Object.fromEntries(tests.flatMap(([field, isGood, sentence]) => (isGood ? [] : [[field, sentence]])))
}

function prefixed(prefix: string, fields: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([field, sentence]) => [`${prefix}.${field}`, sentence]))
}
