/** A rule while it is typed: text in every field, and what is kept of it. */
import { parsePrice } from '#lib/paywall/offers/price.ts'
import { type RuleInput, type RuleOffer, refuseRules } from '#lib/paywall/resources/api/rule.ts'
import { listShadowed } from '#lib/paywall/resources/api/shadowed-rules.ts'

export interface RuleDraft {
  /** Tells drafts apart on this page while they move. */
  readonly key: string
  /** What it opened when the page came; `null`: it is new, or was free. */
  readonly service: string | null
  readonly name: string
  /** `GET, POST`; empty: all. */
  readonly methods: string
  readonly host: string
  readonly path: string
  readonly isFree: boolean
  readonly price: string
  readonly uses: string
  /** Of `unit`; empty: for ever. */
  readonly lasts: string
  readonly unit: TimeUnit
  readonly rate: string
  readonly tier: string
  readonly capability: string
  /** Requests of one network in one month that cost nothing; empty: none. */
  readonly freeMonthly: string
  /** What this form does not show, sent back as it came: a moving price, a meter, amounts and packs. */
  readonly kept: KeptTerms
}

interface KeptTerms {
  readonly rule: Pick<RuleInput, 'meter' | 'pack'>
  readonly offer: Pick<RuleOffer, 'pricing' | 'bytes' | 'seconds' | 'volume'>
}

const NOTHING_KEPT: KeptTerms = { rule: {}, offer: {} }

export const TIME_UNITS = { seconds: 1, minutes: 60, hours: 3_600, days: 86_400 } as const
export type TimeUnit = keyof typeof TIME_UNITS

const FIRST_PRICE = '10'

/** A new rule: everything, at a usual price, as the first one of an API. */
export function newDraft(key: string, path = '/**'): RuleDraft {
  return {
    ...{ key, service: null, name: '', methods: '', host: '', path, isFree: false, price: FIRST_PRICE },
    ...{ uses: '', lasts: '', unit: 'days', rate: '', tier: '', capability: '' },
    ...{ freeMonthly: '', kept: NOTHING_KEPT },
  }
}

/** As it is kept. */
export function toDraft(rule: RuleInput, key: string): RuleDraft {
  const { service = null, name, methods, host, path, offer, tier, capability } = rule
  return {
    ...{ key, service, name, methods: methods.join(', '), host: host ?? '', path },
    ...{ isFree: offer === null, price: offer?.price ?? FIRST_PRICE, uses: String(offer?.uses ?? '') },
    ...{ ...splitTime(offer?.lastsSeconds ?? null), rate: offer?.rate ?? '' },
    ...{ tier: tier === 0 ? '' : String(tier), capability: capability ?? '' },
    ...{ freeMonthly: String(rule.freeMonthly ?? ''), kept: keptOf(rule) },
  }
}

function keptOf({ meter = null, pack = null, offer }: RuleInput): KeptTerms {
  const { pricing, bytes = null, seconds = null, volume = null } = offer ?? {}
  return { rule: { meter, pack }, offer: { bytes, seconds, volume, ...(pricing && { pricing }) } }
}

function splitTime(seconds: number | null): Pick<RuleDraft, 'lasts' | 'unit'> {
  if (seconds === null) return { lasts: '', unit: 'days' }
  const fits = (Object.keys(TIME_UNITS) as TimeUnit[]).filter((unit) => seconds % TIME_UNITS[unit] === 0)
  const unit = fits.at(-1) ?? 'seconds'
  return { lasts: String(seconds / TIME_UNITS[unit]), unit }
}

/** As it is sent; what is no number becomes `NaN`, which is refused with a sentence. */
export function toRuleInput(draft: RuleDraft): RuleInput {
  const path = draft.path.trim()
  return {
    ...{ service: draft.isFree ? null : draft.service, name: draft.name.trim() || suggestName(path), path },
    methods: draft.methods
      .split(/[\s,]+/)
      .filter((method) => method !== '')
      .map((method) => method.toUpperCase()),
    host: draft.host.trim().toLowerCase() || null,
    tier: readCount(draft.tier) ?? 0,
    capability: draft.capability.trim() || null,
    offer: draft.isFree ? null : toOffer(draft),
    ...(draft.isFree ? {} : { ...draft.kept.rule, freeMonthly: readCount(draft.freeMonthly) }),
  }
}

function toOffer({ price, uses, lasts, unit, rate, kept }: RuleDraft): NonNullable<RuleInput['offer']> {
  const time = readCount(lasts)
  return {
    ...{ price: price.trim(), uses: readCount(uses), rate: rate.replace(/\s/g, '') || null },
    lastsSeconds: time === null ? null : time * TIME_UNITS[unit],
    ...kept.offer,
  }
}

function readCount(text: string): number | null {
  const digits = text.trim()
  if (digits === '') return null
  return /^\d{1,10}$/.test(digits) ? Number(digits) : Number.NaN
}

/** A word for a rule that was given none: `/nodes/*` is `nodes`, everything is `all`. */
export function suggestName(path: string): string {
  const words = path
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
  return words.slice(0, 32).replace(/-+$/, '') || (path.includes('*') ? 'all' : 'front')
}

/** Field -> sentence of all drafts, by `rules.<n>.<field>`: what saving would refuse. */
export function faultsOf(drafts: readonly RuleDraft[]): Record<string, string> {
  const rules = drafts.map(toRuleInput)
  const prices = rules.flatMap(({ offer }, n) => {
    const price = offer === null ? null : parsePrice(offer.price)
    return price?.kind === 'invalid' ? [[`rules.${n}.price`, price.message]] : []
  })
  return { ...refuseRules(rules), ...Object.fromEntries(prices) }
}

/** Place of a draft -> place of the one before that takes all its requests. */
export function shadowsOf(drafts: readonly RuleDraft[]): ReadonlyMap<number, number> {
  return listShadowed(drafts.map(toRuleInput))
}

/** `10 uses`, `30 days`, `10/60`: on which terms a priced rule is sold. */
export function termsText({ isFree, uses, lasts, unit, rate, freeMonthly, kept }: RuleDraft): string {
  if (isFree) return ''
  const time = lasts === '1' ? `1 ${unit.slice(0, -1)}` : `${lasts} ${unit}`
  return [
    ...(uses === '' ? [] : [uses === '1' ? '1 use' : `${uses} uses`]),
    ...(lasts === '' ? [] : [time]),
    ...(rate === '' ? [] : [`${rate} s`]),
    ...(freeMonthly === '' ? [] : [`${freeMonthly} free a month`]),
    ...keptTexts(kept),
  ].join(', ')
}

/** What this form keeps and does not show. */
export function keptTexts({ rule: { meter, pack }, offer: { pricing, bytes, seconds, volume } }: KeptTerms): string[] {
  return [
    ...(pricing?.endpoint ? ['price by your server'] : []),
    ...(pricing?.surge ? ['rises with demand'] : []),
    ...(volume && meter ? [`${volume} × ${meter.unit}`] : []),
    ...(bytes ? [`${bytes} bytes`] : []),
    ...(seconds ? [`${seconds} s of streaming`] : []),
    ...(pack ? [`pack for ${pack.price} sats`] : []),
  ]
}

/** What each field is called on the page. */
export const FIELD_WORDS: Readonly<Record<string, string>> = {
  name: 'Name',
  methods: 'Methods',
  host: 'Host',
  path: 'Path',
  price: 'Price',
  uses: 'Uses',
  lastsSeconds: 'Lasts',
  rate: 'Pace',
  tier: 'Tier',
  capability: 'Capability',
  freeMonthly: 'Free a month',
  meter: 'Measure',
  pack: 'Pack',
  service: 'Rule',
}

/** The drafts with the one at `from` at place `to`. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const rest = list.filter((_, n) => n !== from)
  return [...rest.slice(0, to), ...list.slice(from, from + 1), ...rest.slice(to)]
}
