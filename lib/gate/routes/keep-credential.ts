/** A browser is handed its credential: the cookie, and the text that is the receipt, are the same thing in two spellings. */

import {
  credentialCookieFields,
  type HeldCookie,
  placeCredential,
  readCookies,
} from '#lib/gate/credentials/receipt-cookie.ts'
import { verifyCredential } from '#lib/gate/credentials/verify.ts'
import type { GateDeps } from '#lib/gate/deps.ts'
import { type GateRequest, type HeaderField, originOf } from '#lib/gate/request.ts'
import { encodeBase64, encodeHex } from '#lib/l402/bytes.ts'
import { cookieNames, readCookieValue } from '#lib/l402/credential.ts'
import { formatCookieValue, formatCredential } from '#lib/l402/credential-text.ts'
import { carryServices } from '#lib/l402/extend.ts'
import { endsAtMs } from '#lib/l402/policy.ts'
import type { VerifiedToken } from '#lib/l402/token.ts'
import type { CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'

/** A complete credential with what it proved to be. */
export interface KeptCredential {
  readonly macaroon: Uint8Array
  readonly preimage: Uint8Array
  readonly token: VerifiedToken
}

/** The members that tell a client its credential (protocol.md §10.3). */
export function credentialMembers(request: GateRequest, { macaroon, preimage }: KeptCredential): object {
  return {
    macaroon: encodeBase64(macaroon),
    preimage: encodeHex(preimage),
    credential: formatCredential(macaroon, preimage),
    receipt_url: `${originOf(request)}/_l402/receipt#${formatCookieValue(macaroon, preimage)}`,
  }
}

/** `Set-Cookie` fields after which the browser holds this credential and at most two others (protocol.md §10.3). */
export function keepCredential(
  deps: GateDeps,
  at: { creator: CreatorSnapshot; request: GateRequest },
  kept: KeptCredential,
): HeaderField[] {
  const { request } = at
  const present = readCookies(request)
  const held = cookieNames(request.secure).flatMap((name) => {
    const value = present.get(name)
    const token = value === undefined ? null : verifyCookie(deps, at.creator, value)
    return value === undefined || token === null ? [] : [describeHeld(deps, { value, token, added: kept.token })]
  })
  const value = formatCookieValue(kept.macaroon, kept.preimage)
  const cookies = placeCredential(held, { value, validUntil: endOf(kept.token) })
  return credentialCookieFields(cookies, { secure: request.secure, now: deps.clock.now(), present })
}

/** What a cookie proves; one that proves nothing takes no place. */
function verifyCookie(deps: GateDeps, creator: CreatorSnapshot, value: string): VerifiedToken | null {
  const candidate = readCookieValue(value)
  if (candidate.kind === 'refused') return null
  const verdict = verifyCredential(deps, creator, candidate)
  return verdict.kind === 'verified' ? verdict.token : null
}

function describeHeld(deps: GateDeps, held: { value: string; token: VerifiedToken; added: VerifiedToken }): HeldCookie {
  return {
    value: held.value,
    validUntil: endOf(held.token),
    covered: covers(held.added, held.token, deps.clock.now()),
  }
}

/** Whether `wide` opens all that `narrow` opens: the same services with no condition more. */
function covers(wide: VerifiedToken, narrow: VerifiedToken, now: Date): boolean {
  const offered = new Map(carryServices(wide, now).map((service) => [service.name, service]))
  return carryServices(narrow, now).every((service) => {
    const other = offered.get(service.name)
    return (
      other !== undefined &&
      other.tier >= service.tier &&
      other.caveats.every((caveat) => service.caveats.includes(caveat))
    )
  })
}

/** When the last service of a token ends; `null`: never. */
function endOf(token: VerifiedToken): Date | null {
  const endMs = Math.max(...token.services.map((service) => endsAtMs(token, service)))
  return Number.isFinite(endMs) ? new Date(endMs) : null
}
