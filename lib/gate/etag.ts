/** Whether a client has what it would be sent: `If-None-Match` as RFC 9110 §13.1.2 has it. */
import type { GateRequest } from './request.ts'

const ENTITY_TAG = /(?:W\/)?("[^"]*")/g

/** Compared weakly; `*` fits whatever there is. `etag` is quoted and strong. */
export function isUnchanged(request: Pick<GateRequest, 'headers'>, etag: string): boolean {
  for (const [name, value] of request.headers) {
    if (name.toLowerCase() !== 'if-none-match') continue
    if (value.trim() === '*') return true
    for (const [, opaque] of value.matchAll(ENTITY_TAG)) if (opaque === etag) return true
  }
  return false
}
