/**
 * A lesser copy of a token: its holder appends caveats, offline and without asking anybody, and gives the longer macaroon
 * on with the preimage. The copy opens less than the token and never more; revocation, counters, networks and rate are
 * shared by all copies, since they all have the token's id. Source: protocol.md §8.1.
 */
import { formatCaveat } from './caveat.ts'
import { decodeIdentifier } from './identifier.ts'
import { appendCaveat, decodeMacaroon, encodeMacaroon, hasOurLocation, type Macaroon } from './macaroon.ts'
import { type Refusal, type Refused, refused } from './refusal.ts'
import type { ConditionName } from './satisfier.ts'
import { readTerms, type TokenTerms } from './terms.ts'
import type { TokenContext } from './token.ts'

export interface Narrowing {
  /** Services that the copy keeps; all when left out. */
  readonly services?: readonly string[]
  /** Stated for every service that is kept; the values as they stand in a caveat. */
  readonly conditions?: Partial<Readonly<Record<ConditionName, string>>>
}

export type Narrowed =
  | { readonly kind: 'narrowed'; readonly macaroon: Uint8Array; readonly terms: TokenTerms }
  /** `condition`: the wish that cannot be had, `services` or a name of `conditions`; `null`: it is the token itself. */
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly condition: string | null }

/**
 * Appends what is wished to one macaroon of ours, `services` first. Refuses, with the wish at fault: `service` (the token
 * has none of that name), `caveat_malformed`, `caveat_widens`; `structure` when the copy would be too long. Without one:
 * `version`, `structure`, `location`, `identifier`, and whatever the token's own caveats are refused for.
 */
export function narrowToken(ctx: TokenContext, token: Uint8Array, wanted: Narrowing): Narrowed {
  const read = readMacaroon(ctx, token)
  if (read.kind === 'refused') return { ...read, condition: null }
  let { macaroon, terms } = read
  const append = (condition: string, value: string): Refused | null => {
    const next = grow(ctx, macaroon, formatCaveat(condition, value))
    if (next === null) return refused('structure')
    const after = termsOf(ctx, next)
    if (after.kind === 'refused') return after
    macaroon = next
    terms = after.terms
    return null
  }
  const services = listKept(terms, wanted.services)
  if (services === null) return fault('services', refused('service'))
  if (services !== '') {
    const refusal = append('services', services)
    if (refusal !== null) return fault('services', refusal)
  }
  for (const [name, value] of Object.entries(wanted.conditions ?? {})) {
    for (const service of terms.services) {
      const refusal = append(`${service.name}_${name}`, value)
      if (refusal !== null) return fault(name, refusal)
    }
  }
  return { kind: 'narrowed', macaroon: encodeMacaroon(macaroon), terms }
}

const fault = (condition: string, { refusal }: Refused): Narrowed => ({ kind: 'refused', refusal, condition })

type Read = { readonly kind: 'read'; readonly macaroon: Macaroon; readonly terms: TokenTerms }

function readMacaroon(ctx: TokenContext, token: Uint8Array): Read | Refused {
  const decoded = decodeMacaroon(token)
  if (decoded.kind === 'refused') return decoded
  const { macaroon } = decoded
  if (!hasOurLocation(macaroon)) return refused('location')
  const read = termsOf(ctx, macaroon)
  return read.kind === 'refused' ? read : { kind: 'read', macaroon, terms: read.terms }
}

/** What the caveats say; which units are on sale only the gate knows, so here all are. */
function termsOf({ sha256 }: TokenContext, macaroon: Macaroon): { kind: 'read'; terms: TokenTerms } | Refused {
  const decoded = decodeIdentifier(macaroon.identifier)
  if (decoded.kind === 'refused') return decoded
  const { paymentHash } = decoded.identifier
  const caveats = { own: macaroon.caveats, discharged: [], foreign: 'skip' } as const
  return readTerms({ sha256, paymentHash, isDeclared: () => true, ...caveats })
}

/** The value of a `services` caveat that keeps these, with the tiers they have; `''`: all stay; `null`: one is not there. */
function listKept({ services }: TokenTerms, wanted: readonly string[] | undefined): string | null {
  if (wanted === undefined) return ''
  const names = new Set(wanted)
  const kept = services.filter(({ name }) => names.has(name))
  if (kept.length === 0 || kept.length !== names.size) return null
  return kept.length === services.length ? '' : kept.map(({ name, tier }) => `${name}:${tier}`).join(',')
}

/** `null`: longer than a macaroon may be. */
function grow({ hmac }: TokenContext, macaroon: Macaroon, caveat: Uint8Array): Macaroon | null {
  try {
    const next = appendCaveat(hmac, macaroon, caveat)
    encodeMacaroon(next)
    return next
  } catch {
    return null
  }
}
