/** What a browser without JavaScript has asked an invoice for and not opened yet: resource ids, which open nothing. */
import type { GateRequest, HeaderField } from '#lib/gate/request.ts'
import { CLAIM_COOKIE_SECONDS, readCookies, setCookie } from './receipt-cookie.ts'

const MOST = 10
const RESOURCE_ID = /^res_[0-9a-z]{1,40}$/

function nameOf(secure: boolean): string {
  return `${secure ? '__Secure-' : ''}l402w`
}

/** Newest first. */
export function readWaiting(request: GateRequest): readonly string[] {
  const value = readCookies(request).get(nameOf(request.secure)) ?? ''
  return value
    .split('.')
    .filter((id) => RESOURCE_ID.test(id))
    .slice(0, MOST)
}

/** Sent to every address, unlike the claim secrets, so that the page of a resource knows where to look. */
export function waitingCookie(request: GateRequest, change: { added?: string; removed?: string }): HeaderField[] {
  const before = readWaiting(request)
  const { added, removed } = change
  const others = before.filter((id) => id !== added && id !== removed)
  const after = added === undefined ? others : [added, ...others].slice(0, MOST)
  if (after.join() === before.join()) return []
  const maxAgeSeconds = after.length === 0 ? 0 : CLAIM_COOKIE_SECONDS
  return [setCookie(nameOf(request.secure), after.join('.'), { secure: request.secure, maxAgeSeconds })]
}
