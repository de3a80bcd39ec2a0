/** One way to buy: which services it covers and on which conditions; challenge, claim, card, catalogue and discovery follow from it. */
import type { CarriedService } from '#lib/l402/extend.ts'
import { type Msat, msatToSatsUp } from '#lib/money.ts'
import type { Fiat, Rate } from '#lib/paywall/rates/rate.ts'
import type { Surge } from './pricing.ts'

/**
 * `single`: this one resource, or once what is counted; `pack`: more of that at once. What stands as `id` in the offers of a
 * 402 and in what a page asks for.
 */
export type OfferKind = 'single' | 'pack'

/** The offer that a resource is priced with first. */
export const FIRST_OFFER: OfferKind = 'single'

/** What every offer without tiers opens of its resource. */
export const READ = 'read'

export interface Offer {
  readonly id: string
  readonly kind: OfferKind
  /** Names of the services that it opens. */
  readonly covers: readonly string[]
  /** What a service opens at a resource that tells capabilities apart; `null`: all of it. */
  readonly capabilities: readonly string[] | null
  readonly tier: number
  /** From the purchase; `null`: for ever. */
  readonly lastsSeconds: number | null
  /** How often each service can be used; `null`: any number of times. */
  readonly uses: number | null
  /** How often in how many seconds: `10/60`; `null`: at any pace. */
  readonly rate: string | null
  /** Amounts that are bought once and drawn down; left out: it is not sold by amount. */
  readonly amounts?: Amounts
  /** Somebody else who has to confirm the buyer (protocol.md §7): paying again cannot mend a missing confirmation. */
  readonly requires: readonly string[]
  readonly price: OfferPrice
  /** The one request that it sells, at the price of this one; absent: whatever its services open. */
  readonly bound?: BoundRequest
  /** How its price came about; absent: it is the one that stands. */
  readonly quoted?: Quoted
}

/** A request as the conditions of a token say it. */
interface BoundRequest {
  readonly method: string
  /** `null`: too long or too odd for a condition on paths; the digest says it all the same. */
  readonly path: string | null
  /** Of the whole request, its query included. */
  readonly digest: string
}

/** A price of one moment. */
export interface Quoted {
  /** Before it was raised. */
  readonly baseMsat: Msat
  /** `percent`: of the base, now. */
  readonly surge?: Surge & { readonly percent: number }
  /** By its seller's server. `isStale`: that one fails since; its last price stands until it is `staleSeconds` old. */
  readonly named?: { readonly asOf: Date; readonly isStale: boolean; readonly staleSeconds: number }
}

/** How much an offer sells; `null`: any amount. Source: protocol.md §5.3. */
export interface Amounts {
  /** Of the bodies of answers. */
  readonly bytes: number | null
  /** In which answers are open, all of them together. */
  readonly seconds: number | null
  /** Of a unit of the seller's own: `token`. */
  readonly volume: { readonly unit: string; readonly units: number } | null
}

/** On which terms something is sold, apart from its price. */
export type OfferTerms = Pick<Offer, 'tier' | 'capabilities' | 'lastsSeconds' | 'uses' | 'rate' | 'amounts'>

export interface OfferPrice {
  readonly version: number
  readonly amountMsat: Msat
  /** What its seller set, where that is not in sats. `rate`: at which `amountMsat` is that; `null`: there is none of now, so nothing is sold. */
  readonly fiat?: Fiat & { readonly rate: Rate | null }
}

/** An offer with its position: the first one is told in the header of a 402. */
export type Offers = readonly [Offer, ...Offer[]]

/** The offer that somebody asks for by name; `null`: there is none such. No name is the first one. */
export function findOffer(offers: Offers, wanted: string | null): Offer | null {
  if (wanted === null) return offers[0]
  return offers.find(({ id, kind }) => kind === wanted || id === wanted) ?? null
}

/** Whether what it sells never ends: bought once, there is no reason to buy it anew. */
export function lastsForGood(offer: Pick<Offer, 'lastsSeconds' | 'uses' | 'amounts'>): boolean {
  return offer.lastsSeconds === null && countsOf(offer).length === 0
}

/** What it counts, by the name of the condition behind `<service>_`, in the order of protocol.md §5.3. */
export function countsOf({ uses, amounts }: Pick<Offer, 'uses' | 'amounts'>): readonly (readonly [string, number])[] {
  const { bytes = null, seconds = null, volume = null } = amounts ?? {}
  const counts = [
    ['uses', uses],
    ['bytes', bytes],
    ['seconds', seconds],
    [`volume_${volume?.unit}`, volume?.units ?? null],
  ] as const
  return counts.flatMap(([name, count]) => (count === null ? [] : [[name, count] as const]))
}

/** Whole sats, rounded up, as an invoice asks them. */
export function priceSats(offer: Offer): number {
  return Number(msatToSatsUp(offer.price.amountMsat))
}

/**
 * The services of a token sold under this offer, their caveats in the order of protocol.md §5.3. `endsAt`: when the access
 * of an offer that lasts for a while ends, see `endOf`. `held`: what a token states that is topped up, by the same names as
 * `countsOf`; the new one states the sum.
 */
export function boughtServices(
  offer: Offer,
  endsAt: Date | null,
  held: ReadonlyMap<string, number> = NOTHING_HELD,
): CarriedService[] {
  return offer.covers.map((name) => ({
    name,
    tier: offer.tier,
    caveats: [
      ...(offer.capabilities === null ? [] : [`${name}_capabilities=${offer.capabilities.join(',')}`]),
      ...(endsAt === null ? [] : [`${name}_valid_until=${Math.floor(endsAt.getTime() / 1000)}`]),
      ...(offer.bound === undefined ? [] : boundCaveats(name, offer.bound)),
      ...(offer.rate === null ? [] : [`${name}_rate=${offer.rate}`]),
      ...countsOf(offer).map(([count, units]) => `${name}_${count}=${units + (held.get(count) ?? 0)}`),
    ],
  }))
}

function boundCaveats(name: string, { method, path, digest }: BoundRequest): string[] {
  return [`${name}_method=${method}`, ...(path === null ? [] : [`${name}_path=${path}`]), `${name}_request=${digest}`]
}

/** The condition by which a token says that it is for this request; `null`: the offer sells no single one. */
export function boundCondition({ covers, bound }: Pick<Offer, 'covers' | 'bound'>): string | null {
  return bound === undefined ? null : `${covers[0]}_request=${bound.digest}`
}
const NOTHING_HELD: ReadonlyMap<string, number> = new Map()

/** When access bought now ends, whenever within `payableSeconds` the invoice is paid; `null`: never. */
export function endOf(offer: Offer, now: Date, payableSeconds: number): Date | null {
  return offer.lastsSeconds === null ? null : new Date(now.getTime() + (offer.lastsSeconds + payableSeconds) * 1000)
}

const UNITS = [
  ['D', 86_400, 'P'],
  ['H', 3_600, 'PT'],
  ['M', 60, 'PT'],
  ['S', 1, 'PT'],
] as const

/** `forever`, or the time as an ISO 8601 duration in its largest whole unit: `P30D`, `PT90M`. */
export function formatLasts({ lastsSeconds }: Pick<Offer, 'lastsSeconds'>): string {
  if (lastsSeconds === null) return 'forever'
  const [letter, seconds, prefix] = UNITS.find(([, size]) => lastsSeconds % size === 0) ?? UNITS[3]
  return `${prefix}${lastsSeconds / seconds}${letter}`
}
