/** The cookies of a creator host: at most three credentials, each its own proof, and the claim secret of readers without JavaScript. */
import type { GateRequest, HeaderField } from '#lib/gate/request.ts'
import { cookieNames } from '#lib/l402/credential.ts'

/** The longest life that browsers grant a cookie: 400 days (RFC 6265bis §5.6.2). */
const LONGEST_COOKIE_SECONDS = 34_560_000
export const CLAIM_COOKIE_SECONDS = 31 * 86_400

export function claimCookieName(secure: boolean, challengeId: string): string {
  return `${secure ? '__Secure-' : ''}l402c-${challengeId}`
}

/** Whether a cookie is one of ours: a credential, a claim secret, or the mark of what waits. */
export function isOwnCookie(secure: boolean, name: string): boolean {
  const prefix = secure ? '__Secure-' : ''
  return cookieNames(secure).includes(name) || name.startsWith(`${prefix}l402c-`) || name === `${prefix}l402w`
}

/** Every cookie of a request; of doubles the first counts, as browsers send the more specific one first. */
export function readCookies(request: GateRequest): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>()
  for (const [name, value] of request.headers) {
    if (name.toLowerCase() !== 'cookie') continue
    for (const pair of value.split(';')) {
      const at = pair.indexOf('=')
      const key = pair.slice(0, at).trim()
      if (at > 0 && !cookies.has(key)) cookies.set(key, pair.slice(at + 1).trim())
    }
  }
  return cookies
}

/** A credential in its cookie form, and until when it opens; `null`: for ever. */
export interface CookieCredential {
  readonly value: string
  readonly validUntil: Date | null
}

/** One that the browser holds already. `covered`: the new credential opens everything it opens. */
export interface HeldCookie extends CookieCredential {
  readonly covered: boolean
}

/**
 * Which credentials the browser keeps, in order of the names: the new one takes the place of the first it covers, else
 * the first place; the others move down, and what has no name left drops out. Source: protocol.md §10.3.
 */
export function placeCredential(held: readonly HeldCookie[], added: CookieCredential): readonly CookieCredential[] {
  const others = held.filter((cookie) => cookie.value !== added.value)
  const at = others.findIndex((cookie) => cookie.covered)
  const kept = others.filter((cookie) => !cookie.covered)
  const place = at === -1 ? 0 : at
  return [...kept.slice(0, place), added, ...kept.slice(place)].slice(0, 3)
}

/** `Set-Cookie` for every name: those without a credential are taken back if the browser has one there. */
export function credentialCookieFields(
  kept: readonly CookieCredential[],
  at: { secure: boolean; now: Date; present: ReadonlyMap<string, string> },
): HeaderField[] {
  return cookieNames(at.secure).flatMap((name, index) => {
    const credential = kept[index]
    if (credential === undefined) return at.present.has(name) ? [setCookie(name, '', { ...at, maxAgeSeconds: 0 })] : []
    if (index > 0 && at.present.get(name) === credential.value) return []
    return [setCookie(name, credential.value, { ...at, maxAgeSeconds: secondsLeft(credential, at.now) })]
  })
}

function secondsLeft(credential: CookieCredential, now: Date): number {
  if (credential.validUntil === null) return LONGEST_COOKIE_SECONDS
  const seconds = Math.floor((credential.validUntil.getTime() - now.getTime()) / 1000)
  return Math.min(LONGEST_COOKIE_SECONDS, Math.max(0, seconds))
}

/** The claim secret of one challenge, for our own addresses only; kept as long as a claim may be repeated. */
export function claimCookieField(secure: boolean, claim: { challengeId: string; secret: string }): HeaderField {
  const name = claimCookieName(secure, claim.challengeId)
  return setCookie(name, claim.secret, { secure, path: '/_l402/', maxAgeSeconds: CLAIM_COOKIE_SECONDS })
}

/** One `Set-Cookie` field, for this host alone; `Path=/` unless said otherwise. */
export function setCookie(
  name: string,
  value: string,
  options: { secure: boolean; path?: string; maxAgeSeconds: number },
): HeaderField {
  const secure = options.secure ? ' Secure;' : ''
  const path = options.path ?? '/'
  return [
    'Set-Cookie',
    `${name}=${value}; Path=${path}; HttpOnly;${secure} SameSite=Lax; Max-Age=${options.maxAgeSeconds}`,
  ]
}
