/**
 * What a token's caveats say together: its services, each with tier and narrowed conditions, or the refusal.
 *
 *     services=k3h-tides:1,k3h-gulls:0         names: these two own the conditions below, for good
 *     k3h-tides_valid_until=1893456000         stated
 *     note=for Ada                             foreign: skipped
 *     K3h-tides_uses=3                         ours in disguise: malformed, the token opens nothing
 *     services=k3h-tides:0                     narrower: one service, lower tier
 *     k3h-tides_valid_until=1800000000         narrower: the last one counts
 *
 * Caveats are looked at only when the signature over them is right. Reading them needs no request, so that a token is
 * read once and kept; whether a request satisfies them is asked in `policy.ts` each time.
 */
import type { Sha256 } from './bytes.ts'
import { type Caveat, foldCondition, parseCaveat } from './caveat.ts'
import type { MacaroonCaveat } from './macaroon.ts'
import { opens, type PaymentHash, parsePreimage } from './preimage.ts'
import { type Refusal, type RefusalCase, type Refused, refusalOf, refused } from './refusal.ts'
import {
  type ConditionName,
  type ConditionValues,
  findSatisfier,
  parseList,
  parseUint,
  type Satisfier,
  volumeUnit,
} from './satisfier.ts'

/** A condition as it stands last, the narrowest: the value and the text it was read from. */
export interface StatedCondition {
  readonly text: string
  readonly value: unknown
}

export interface TokenService {
  readonly name: string
  readonly tier: number
  /** By the part behind `<service>_`; volumes as `volume_<unit>`. */
  readonly conditions: ReadonlyMap<string, StatedCondition>
}

/** Depends on the token alone, never on a request, so it may be kept. */
export interface TokenTerms {
  /** In the order of the last `services` caveat. */
  readonly services: readonly TokenService[]
  /** Unix milliseconds; ends every service of the token. `null`: no such caveat. */
  readonly expirationMs: number | null
}

/** Whether the resource of `service` declares a volume unit. */
export type IsDeclared = (service: string, unit: string) => boolean

export interface CaveatInput {
  readonly sha256: Sha256
  readonly paymentHash: PaymentHash
  readonly isDeclared: IsDeclared
  /** The primary's caveats; third-party ones are passed over. */
  readonly own: readonly MacaroonCaveat[]
  /** Caveats of its discharges, in the order of resolution. */
  readonly discharged: readonly MacaroonCaveat[]
  /** A condition of nobody we know: skipped in what a client shows, refused (`caveat_unknown`) in what we mint. */
  readonly foreign: 'skip' | 'refuse'
}

/** Value of a service's condition; `null` when the token does not state it. */
export function conditionValue<K extends ConditionName>(service: TokenService, name: K): ConditionValues[K] | null {
  const stated = service.conditions.get(name)
  // The map is filled through the satisfier of the same name, so the value has that satisfier's type.
  return stated === undefined ? null : (stated.value as ConditionValues[K])
}

/** Conditions of the token itself; all others belong to one of its services. */
const SERVICES = 'services'
const PREIMAGE = 'preimage'
const EXPIRATION = 'expiration'
/** The grammar of `services`: up to sixteen `name:tier`. */
const MAX_SERVICES = 16
const SERVICE_ITEM = /^([a-z0-9][a-z0-9-]{0,39}):(0|[1-9][0-9]{0,2})$/
const MAX_TIER = 255
const uint: Satisfier<number> = { parse: parseUint, narrows: (previous, next) => next <= previous }

type Tiers = ReadonlyMap<string, number>
/** What is wrong with one caveat; `null`: nothing. */
type Fault = RefusalCase | null

/** What has been read so far. `refusal` is the first by the order of §6.1, whichever caveat it stands in. */
interface Reading {
  readonly input: CaveatInput
  /** The names in the first `services` caveat: their conditions are ours, also after a holder dropped the name. */
  readonly names: ReadonlySet<string>
  tiers: Tiers
  readonly stated: Map<string, StatedCondition>
  refusal: Refusal | null
}

/**
 * Reads caveats in the order of protocol.md §5.2: `services` first, all others after it, those of discharges last.
 * Refuses `services_missing`, `caveat_malformed`, `caveat_unknown`, `caveat_widens` or `preimage`; never throws.
 */
export function readTerms(input: CaveatInput): { kind: 'read'; terms: TokenTerms } | Refused {
  const own = input.own.filter((caveat) => caveat.verificationId === null).map((caveat) => parseCaveat(caveat.id))
  const [first, ...repeats] = own.filter((caveat) => caveat.condition === SERVICES)
  if (first === undefined) return refused('services_missing')
  const tiers = parseServices(first.value)
  if (tiers === null) return refused('caveat_malformed')

  const reading: Reading = { input, names: new Set(tiers.keys()), tiers, stated: new Map(), refusal: null }
  for (const caveat of repeats) note(reading, readServices(reading, caveat))
  for (const caveat of own) {
    if (caveat.condition === SERVICES) continue
    note(reading, readCondition(reading, caveat, { foreign: input.foreign, counted: true }))
  }
  for (const { id, verificationId } of input.discharged) {
    if (verificationId === null) note(reading, readDischarged(reading, parseCaveat(id)))
  }
  if (reading.refusal !== null) return { kind: 'refused', refusal: reading.refusal }
  return { kind: 'read', terms: conclude(reading) }
}

/** Keeps the refusal that comes first in the order of §6.1, whichever caveat is at fault. */
function note(reading: Reading, fault: Fault): void {
  if (fault === null) return
  const refusal = refusalOf(fault)
  if (reading.refusal === null || refusal.progress < reading.refusal.progress) reading.refusal = refusal
}

/** A discharge speaks to us alone: skipping a condition of it would fail open, and it has no counter of its own. */
function readDischarged(reading: Reading, caveat: Caveat): Fault {
  return caveat.condition === SERVICES
    ? readServices(reading, caveat)
    : readCondition(reading, caveat, { foreign: 'refuse', counted: false })
}

/** A repeated `services` may drop names and lower tiers; anything more widens. */
function readServices(reading: Reading, caveat: Caveat): Fault {
  const next = parseServices(caveat.value)
  if (next === null) return 'caveat_malformed'
  const narrows = [...next].every(([name, tier]) => tier <= (reading.tiers.get(name) ?? -1))
  if (!narrows) return 'caveat_widens'
  reading.tiers = next
  return null
}

/** Name to tier, in order; `null` outside the grammar. */
function parseServices(value: string | null): Tiers | null {
  if (value === null) return null
  const items = parseList(value, { min: 1, max: MAX_SERVICES, parse: parseService })
  if (items === null) return null
  const tiers = new Map(items)
  return tiers.size === items.length ? tiers : null
}

/** `name:tier`; a name has neither `_` nor `:` nor `,` nor `=`, so every condition splits one way. */
function parseService(item: string): readonly [string, number] | null {
  const parts = SERVICE_ITEM.exec(item)
  if (parts === null) return null
  const tier = Number(parts[2])
  return tier > MAX_TIER ? null : [parts[1] as string, tier]
}

/** Any caveat but `services`: ours or foreign, then its form, its name, its value. */
function readCondition(
  reading: Reading,
  { condition, value }: Caveat,
  allowed: { foreign: 'skip' | 'refuse'; counted: boolean },
): Fault {
  const folded = foldCondition(condition)
  const owner = ownerOf(reading, folded)
  if (owner === null) return allowed.foreign === 'refuse' ? 'caveat_unknown' : null
  if (folded !== condition || value === null) return 'caveat_malformed'
  if (folded === PREIMAGE) return readPreimage(reading, value)
  if (folded === EXPIRATION) return state(reading, condition, { satisfier: uint, value })
  const name = folded.slice(owner.length + 1)
  const satisfier = findSatisfier(name)
  if (satisfier === null || (satisfier.counted === true && !allowed.counted)) return 'caveat_unknown'
  const unit = volumeUnit(name)
  if (unit !== null && !reading.input.isDeclared(owner, unit)) return 'caveat_unknown'
  return state(reading, condition, { satisfier, value })
}

/** Whose condition this is: a service of the token, the token itself (`''`), or `null`: foreign. */
function ownerOf(reading: Reading, folded: string): string | null {
  if (folded === SERVICES || folded === PREIMAGE || folded === EXPIRATION) return ''
  const underscore = folded.indexOf('_')
  const name = underscore < 0 ? '' : folded.slice(0, underscore)
  return reading.names.has(name) ? name : null
}

/** Clients append their preimage as a caveat; every occurrence has to be the right one. */
function readPreimage(reading: Reading, value: string): Fault {
  const preimage = parsePreimage(value)
  if (preimage === null) return 'caveat_malformed'
  return opens(reading.input.sha256, preimage, reading.input.paymentHash) ? null : 'preimage'
}

/** Takes a value that is not wider than the one before it; the last one counts. */
function state(reading: Reading, condition: string, next: { satisfier: Satisfier<unknown>; value: string }): Fault {
  const value = next.satisfier.parse(next.value)
  if (value === null) return 'caveat_malformed'
  const previous = reading.stated.get(condition)
  if (previous !== undefined && !next.satisfier.narrows(previous.value, value)) return 'caveat_widens'
  reading.stated.set(condition, { text: next.value, value })
  return null
}

/** Sorts what was stated to its services; what belongs to a dropped service is dropped with it. */
function conclude(reading: Reading): TokenTerms {
  const conditions = new Map([...reading.tiers.keys()].map((name) => [name, new Map<string, StatedCondition>()]))
  for (const [condition, stated] of reading.stated) {
    const underscore = condition.indexOf('_')
    conditions.get(condition.slice(0, Math.max(0, underscore)))?.set(condition.slice(underscore + 1), stated)
  }
  return {
    services: [...conditions].map(([name, own]) => ({
      name,
      tier: reading.tiers.get(name) as number,
      conditions: own,
    })),
    expirationMs: (reading.stated.get(EXPIRATION)?.value ?? null) as number | null,
  }
}
