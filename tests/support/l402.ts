/** A small world for the token core: real hashing, keys with creators, a deny list, counters, and the judge of §6.1. */
import { sha256 } from '#lib/crypto.ts'
import { createHmac, decodeHex, encodeHex } from '#lib/l402/bytes.ts'
import type { Identifier } from '#lib/l402/identifier.ts'
import { judgeCount, judgeServices } from '#lib/l402/policy.ts'
import { furthest, type Refusal, refusalOf } from '#lib/l402/refusal.ts'
import type { TokenRequest } from '#lib/l402/satisfier.ts'
import {
  type Credential,
  type FindRootKey,
  type TokenContext,
  type VerifiedToken,
  verifyToken,
} from '#lib/l402/token.ts'

export const ctx: TokenContext = { sha256, hmac: createHmac(sha256) }

/** Bytes of hex that a test wrote itself. */
export function hex(text: string): Uint8Array {
  const bytes = decodeHex(text)
  if (bytes === null) throw new TypeError(`not hex: ${text.slice(0, 20)}`)
  return bytes
}

export interface World {
  /** The creator of the host that is asked. */
  readonly tenant: string
  /** By key id in hex. `ring`: root keys are derived from it, as in production. */
  readonly keys: Readonly<Record<string, { root?: string; ring?: string; tenant: string }>>
  readonly revoked: readonly { token?: string; key?: string; service?: string }[]
  /** Volume units by service. */
  readonly declared: Readonly<Record<string, readonly string[]>>
  /** Counters of the entitlement: `uses`, `bytes`, `seconds`, `volume_<unit>`. */
  readonly used: Readonly<Record<string, number>>
}

export interface Ask {
  readonly request: TokenRequest
  /** Services that grant the resource. */
  readonly services: readonly string[]
  readonly cost: Readonly<Record<string, number>>
}

export type Outcome =
  | { readonly verdict: 'accept'; readonly service: string; readonly tier: number; readonly token: VerifiedToken }
  | { readonly verdict: 'refuse' | 'status-only'; readonly refusal: Refusal }

/** Step 3 of the judge over the world's keys and deny list. */
function keyFinder(world: World): FindRootKey {
  return (identifier, bytes) => {
    const key = world.keys[encodeHex(identifier.keyId)]
    if (key === undefined) return { kind: 'refused', refusal: refusalOf('key') }
    if (key.tenant !== world.tenant) return { kind: 'refused', refusal: refusalOf('creator') }
    if (isRevoked(world, identifier, null)) return { kind: 'refused', refusal: refusalOf('revoked') }
    const rootKey = key.ring === undefined ? hex(key.root ?? '') : ctx.hmac(hex(key.ring), bytes)
    return { kind: 'found', rootKey, isDeclared: (service, unit) => world.declared[service]?.includes(unit) ?? false }
  }
}

function isRevoked(world: World, identifier: Identifier, service: string | null): boolean {
  const tokenId = encodeHex(identifier.tokenId)
  const keyId = encodeHex(identifier.keyId)
  return world.revoked.some((entry) => {
    if (entry.key !== undefined) return entry.key === keyId
    return entry.token === tokenId && (entry.service ?? null) === service
  })
}

/** The whole judge for one credential. */
export function judgeOne(world: World, credential: Credential, ask: Ask): Outcome {
  const verdict = verifyToken(ctx, credential, keyFinder(world))
  if (verdict.kind === 'refused') {
    const isStatus = verdict.refusal.reason === 'l402.missing'
    return { verdict: isStatus ? 'status-only' : 'refuse', refusal: verdict.refusal }
  }
  const { token } = verdict
  const granted = judgeServices(token, ask.request, {
    services: ask.services,
    isDenied: (service) => isRevoked(world, token.identifier, service),
  })
  if (granted.kind === 'refused') return { verdict: 'refuse', refusal: granted.refusal }
  for (const limit of granted.limits) {
    const counter = limit.unit === null ? limit.kind : `volume_${limit.unit}`
    const cost = ask.cost[counter] ?? (limit.kind === 'uses' ? 1 : 0)
    const counted = judgeCount(limit, { used: world.used[counter] ?? 0, cost })
    if (counted.kind === 'refused') return { verdict: 'refuse', refusal: counted.refusal }
  }
  return { verdict: 'accept', service: granted.service, tier: granted.tier, token }
}

/** The first credential that is accepted, else the outcome that got furthest; `null`: there is no credential. */
export function judgeAll<C extends Credential>(
  readings: readonly ((C & { kind: 'candidate' }) | { kind: 'refused'; refusal: Refusal })[],
  judge: (credential: C) => Outcome,
): { outcome: Outcome; credential: C | null } | null {
  let best: { outcome: Exclude<Outcome, { verdict: 'accept' }>; credential: C | null } | null = null
  for (const reading of readings) {
    const outcome: Outcome =
      reading.kind === 'refused' ? { verdict: 'refuse', refusal: reading.refusal } : judge(reading)
    const credential = reading.kind === 'refused' ? null : reading
    if (outcome.verdict === 'accept') return { outcome, credential }
    if (best === null || furthest(best.outcome.refusal, outcome.refusal) !== best.outcome.refusal) {
      best = { outcome, credential }
    }
  }
  return best
}
