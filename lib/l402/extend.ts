/**
 * Larger tokens: what a purchase carries over from the tokens its buyer holds, never wider than they are now.
 *
 * Several clients keep one token per host. Such a client, having bought A and then B, would show B's token at A, be asked
 * to pay again, and so on for ever. So the token sold for B also covers what the shown token covered, at B's price.
 */
import { encodeUtf8 } from './bytes.ts'
import { IDENTIFIER_BYTES } from './identifier.ts'
import { endsAtMs } from './policy.ts'
import { SATISFIERS, volumeUnit } from './satisfier.ts'
import type { StatedCondition, TokenService } from './terms.ts'
import { MINTED_BYTES, type VerifiedToken } from './token.ts'

/** One service as it will stand in a larger token. */
export interface CarriedService {
  readonly name: string
  readonly tier: number
  /** `<service>_…=value`, in the order of protocol.md §5.3. */
  readonly caveats: readonly string[]
}

const MAX_SERVICES = 16
/** Of the 48 caveats that a token may have, what minting takes; the rest is for its holders. */
const MINTED_CAVEATS = 40
/** Version, location, identifier, three ends and signature; the caveats come on top. */
const FRAME_BYTES = 1 + 10 + (IDENTIFIER_BYTES + 2) + 1 + 1 + 34

/**
 * Services of a token that a new purchase takes along, each with its effective tier and conditions; the end of the
 * whole token becomes an end of each service. Nothing of a token that needed a discharge, nothing that is over. Whoever
 * calls leaves out what was revoked. Source: protocol.md §8.2.
 */
export function carryServices(token: VerifiedToken, now: Date): CarriedService[] {
  if (token.hasThirdParty) return []
  return token.services
    .filter((service) => now.getTime() < endsAtMs(token, service))
    .map((service) => ({ name: service.name, tier: service.tier, caveats: carriedCaveats(token, service) }))
}

/** The stated texts again, which are in their one spelling already. */
function carriedCaveats(token: VerifiedToken, service: TokenService): string[] {
  const texts = new Map([...service.conditions].map(([name, stated]: [string, StatedCondition]) => [name, stated.text]))
  const endMs = endsAtMs(token, service)
  // Rounded down: a part of a second is lost, none is won.
  if (endMs !== Number.POSITIVE_INFINITY) texts.set('valid_until', String(Math.floor(endMs / 1000)))
  return [...texts.keys()].sort(byMintOrder).map((name) => `${service.name}_${name}=${texts.get(name)}`)
}

const ROWS = Object.keys(SATISFIERS)
/** Volumes stand in the table between `seconds` and `quality`. */
const VOLUME_RANK = ROWS.indexOf('seconds') + 0.5

/** Order of the table; volumes among themselves by unit. */
function byMintOrder(a: string, b: string): number {
  return rank(a) - rank(b) || (a < b ? -1 : 1)
}

function rank(name: string): number {
  return volumeUnit(name) === null ? ROWS.indexOf(name) : VOLUME_RANK
}

/**
 * Caveats of a token for `bought` and, behind it, as many of `carried` (newest first) as 16 services, 40 caveats and
 * `maxBytes` hold; a carried service of the same name is replaced. `leftOut` names the rest, in the same order. The
 * bought service always stands; whether it fits alone is for `mintToken` to say.
 */
export function extendCaveats(
  bought: CarriedService,
  carried: readonly CarriedService[],
  maxBytes = MINTED_BYTES,
): { caveats: string[]; services: string[]; leftOut: string[] } {
  let kept: CarriedService[] = [bought]
  const leftOut: string[] = []
  for (const service of carried) {
    if (kept.some(({ name }) => name === service.name)) continue
    const longer = [...kept, service]
    if (fits(longer, maxBytes)) kept = longer
    else leftOut.push(service.name)
  }
  return { caveats: listCaveats(kept), services: kept.map(({ name }) => name), leftOut }
}

/** A common proxy gives the whole head of an answer one page of 4,096 bytes, and answers 502 for a longer one. */
const HEAD_BYTES = 4_000
/** Status line and all fields of a 402 with a page as its body, beside macaroon and invoice: 1,400 measured, and held by a test. */
const OTHER_HEAD_BYTES = 1_550

/**
 * Bytes that a token may have in a 402 with an invoice of this length: its base64 stands there twice, as `macaroon` and as
 * `token`, and once more in the line for old clients of gRPC. A token that is bought alone stands whatever this says.
 * Source: protocol.md §1.1, §1.5.
 */
export function tokenRoom(invoiceLength: number, lines: 1 | 2 = 1): number {
  const characters = Math.floor((HEAD_BYTES - OTHER_HEAD_BYTES - lines * invoiceLength) / (lines + 1))
  return Math.max(0, Math.min(MINTED_BYTES, Math.floor(characters / 4) * 3))
}

/** The caveats of a token in the order of minting: `services` first, then service by service. */
function listCaveats(services: readonly CarriedService[]): string[] {
  const names = services.map(({ name, tier }) => `${name}:${tier}`).join(',')
  return [`services=${names}`, ...services.flatMap(({ caveats }) => caveats)]
}

/** Whether a token for these services can be minted and still leaves its holders room to narrow it. */
function fits(services: readonly CarriedService[], maxBytes: number): boolean {
  const caveats = listCaveats(services)
  return services.length <= MAX_SERVICES && caveats.length <= MINTED_CAVEATS && mintedBytes(caveats) <= maxBytes
}

/** Bytes of the token that these caveats make. */
export function mintedBytes(caveats: readonly string[]): number {
  let bytes = FRAME_BYTES
  for (const caveat of caveats) {
    const { length } = encodeUtf8(caveat)
    bytes += length + (length > 0x7f ? 4 : 3)
  }
  return bytes
}
