/**
 * The rules of the judge: which request a token opens, and which of five answers a request gets.
 *
 * Pure, so that the table can be read and tested as a table. What it does not know it hands out: counters, rate and
 * networks are limits in `Granted`, to be asked by the gate after everything here has said yes. Nothing in this file can
 * turn a refusal into access; a caller that forgets a limit is the only way to fail open, hence they come as one value.
 */
import {
  furthest,
  type Refusal,
  type RefusalCase,
  type RefusalReason,
  type Refused,
  refusalOf,
  refused,
} from './refusal.ts'
import { allowsAddress, allowsMethod, allowsPath, type Rate, type TokenRequest, volumeUnit } from './satisfier.ts'
import { conditionValue, type TokenService } from './terms.ts'
import type { VerifiedToken } from './token.ts'

export type CountedKind = 'uses' | 'bytes' | 'seconds' | 'volume'

/** A counted condition: the gate claims from its counter before it serves. */
export interface CountedLimit {
  readonly kind: CountedKind
  /** Unit of a volume, counted per UTC month; `null` for the other kinds. */
  readonly unit: string | null
  readonly limit: number
}

/** What a service of the token gives to this request; counters, networks and rate are still to be asked. */
export interface Granted {
  readonly kind: 'granted'
  readonly service: string
  readonly tier: number
  /** `null`: the token does not list them, so all; empty: none. */
  readonly capabilities: readonly string[] | null
  readonly limits: readonly CountedLimit[]
  readonly networks: number | null
  readonly rate: Rate | null
  readonly quality: number | null
  readonly variant: string | null
  /** Unix seconds at which the access ends; `null`: never. */
  readonly validUntil: number | null
}

/**
 * Step 7 of the judge for one service: named, then tier, time, place, and what the route asks. Refuses, in this order,
 * `service`, `tier`, `expired`, `address`, `origin`, `method`, `path`, `request`, `capability`. Source: protocol.md §6.1.
 */
export function judgeService(token: VerifiedToken, request: TokenRequest, service: string): Granted | Refused {
  const held = token.services.find(({ name }) => name === service)
  if (held === undefined) return refused('service')
  for (const [name, test] of TESTS) {
    if (!test(held, request, token)) return refused(name)
  }
  return grant(token, held)
}

/** Whether one condition lets the request pass. */
type Test = (service: TokenService, request: TokenRequest, token: VerifiedToken) => boolean

/** One test per detail; a condition that the token does not state lets everything pass. */
const TESTS: readonly (readonly [RefusalCase, Test])[] = [
  ['tier', (service, request) => service.tier >= request.tier],
  ['expired', (service, request, token) => request.now.getTime() < endsAtMs(token, service)],
  [
    'address',
    (service, request) => passes(conditionValue(service, 'address'), (v) => allowsAddress(v, request.address)),
  ],
  [
    'origin',
    (service, request) =>
      passes(
        conditionValue(service, 'origin'),
        (origins) => request.origin !== null && origins.includes(request.origin),
      ),
  ],
  ['method', (service, request) => passes(conditionValue(service, 'method'), (v) => allowsMethod(v, request.method))],
  ['path', (service, request) => passes(conditionValue(service, 'path'), (v) => allowsPath(v, request.path))],
  ['request', (service, request) => passes(conditionValue(service, 'request'), (v) => v === request.digest?.())],
  [
    'capability',
    (service, request) =>
      request.capability === null ||
      passes(conditionValue(service, 'capabilities'), (list) => list.includes(request.capability as string)),
  ],
]

/** An unstated condition lets everything pass. */
function passes<T>(value: T | null, test: (value: T) => boolean): boolean {
  return value === null || test(value)
}

/** Unix milliseconds at which the service ends: the nearer of its own and the token's end; `Infinity`: never. */
export function endsAtMs(token: VerifiedToken, service: TokenService): number {
  const validUntil = conditionValue(service, 'valid_until')
  const ownMs = validUntil === null ? Number.POSITIVE_INFINITY : validUntil * 1000
  return Math.min(ownMs, token.expirationMs ?? Number.POSITIVE_INFINITY)
}

/** Everything the gate has to know of a service that said yes. */
function grant(token: VerifiedToken, held: TokenService): Granted {
  const endMs = endsAtMs(token, held)
  return {
    kind: 'granted',
    service: held.name,
    tier: held.tier,
    capabilities: conditionValue(held, 'capabilities'),
    limits: countedLimits(held),
    networks: conditionValue(held, 'networks'),
    rate: conditionValue(held, 'rate'),
    quality: conditionValue(held, 'quality'),
    variant: conditionValue(held, 'variant'),
    validUntil: endMs === Number.POSITIVE_INFINITY ? null : Math.floor(endMs / 1000),
  }
}

const PLAIN_COUNTS = ['uses', 'bytes', 'seconds'] as const

/** Whether a token has any counter for this service of its. */
export function isCounted(token: VerifiedToken, name: string): boolean {
  const held = token.services.find((service) => service.name === name)
  return held !== undefined && countedLimits(held).length > 0
}

/** All counted conditions of a service, in the order in which they are claimed. */
function countedLimits(held: TokenService): CountedLimit[] {
  const limits: CountedLimit[] = []
  for (const kind of PLAIN_COUNTS) {
    const limit = conditionValue(held, kind)
    if (limit !== null) limits.push({ kind, unit: null, limit })
  }
  for (const [name, stated] of held.conditions) {
    const unit = volumeUnit(name)
    if (unit !== null) limits.push({ kind: 'volume', unit, limit: stated.value as number })
  }
  return limits
}

/**
 * Step 7 for a resource: its own service, then the passes that hold it, oldest first; the first that grants counts, else
 * the furthest refusal. `isDenied`: whether (this token, service) was withdrawn.
 */
export function judgeServices(
  token: VerifiedToken,
  request: TokenRequest,
  granting: { services: readonly string[]; isDenied: (service: string) => boolean },
): Granted | Refused {
  let best: Refusal | null = null
  for (const service of granting.services) {
    const judged = judgeService(token, request, service)
    const named = judged.kind === 'granted' || judged.refusal.detail !== 'service'
    // A withdrawn service is told as such, whatever else its conditions would say.
    const outcome = named && granting.isDenied(service) ? refused('service_revoked') : judged
    if (outcome.kind === 'granted') return outcome
    best = furthest(best, outcome.refusal)
  }
  return { kind: 'refused', refusal: best ?? refusalOf('service') }
}

/** Step 9: whether `cost` more still fits below a counted limit. The claim itself is one guarded write elsewhere. */
export function judgeCount(limit: CountedLimit, counter: { used: number; cost: number }): Refused | { kind: 'fits' } {
  return counter.used + counter.cost <= limit.limit ? { kind: 'fits' } : refused(limit.kind)
}

/** What is known when the answer to one request is chosen. */
export interface Situation {
  /** Nothing on this route has a price. */
  readonly free: boolean
  /** Not on sale for the moment; what was bought stays bought. */
  readonly paused: boolean
  /** A browser loads a page (§1.4): HTML wanted, no `Authorization`, no `Accept-Authenticate`. */
  readonly pageLoad: boolean
  /** The resource has a preview and shows it to browsers. */
  readonly hasPreview: boolean
  readonly method: string
  /** The offer itself asks for a discharge, so that paying again cannot replace a missing one. */
  readonly demandsDischarge: boolean
  readonly outcome: { readonly kind: 'granted' } | Refused
}

export type Decision =
  | { readonly kind: 'free' | 'preview' | 'admit' }
  /** 402. `fresh`: a new invoice; `same`: the open challenge of this token again (§2.5); `none`: no invoice. */
  | { readonly kind: 'challenge'; readonly refusal: Refusal; readonly invoice: 'fresh' | 'same' | 'none' }
  | { readonly kind: 'refuse'; readonly code: RefusalReason | 'paywall.resource_paused' }

/** The decision table, from top to bottom; the first line that fits decides. Source: protocol.md §1.4, §9. */
export function decide(situation: Situation): Decision {
  const { outcome } = situation
  if (situation.free) return { kind: 'free' }
  if (outcome.kind === 'granted') return { kind: 'admit' }
  // Paying again would not help here, so there is nothing to offer.
  if (outcome.refusal.reason.startsWith('limit.')) return { kind: 'refuse', code: outcome.refusal.reason }
  if (situation.pageLoad && situation.hasPreview) return { kind: 'preview' }
  if (situation.paused) return { kind: 'refuse', code: 'paywall.resource_paused' }
  return { kind: 'challenge', refusal: outcome.refusal, invoice: invoiceFor(situation, outcome.refusal) }
}

/** Whether a 402 brings an invoice: never one for something already paid, or that paying does not help. */
function invoiceFor(situation: Situation, refusal: Refusal): 'fresh' | 'same' | 'none' {
  if (situation.method === 'HEAD') return 'none'
  if (situation.demandsDischarge && refusal.detail.startsWith('discharge_')) return 'none'
  const isStatus =
    refusal.reason === 'l402.unsettled' || (refusal.reason === 'l402.missing' && refusal.detail === 'preimage')
  return isStatus ? 'same' : 'fresh'
}
