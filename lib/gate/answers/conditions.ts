/** Whether a client has what it would be sent: `If-None-Match` as RFC 9110 §13.1.2 has it. */
import { findHeader, type GateRequest } from '#lib/gate/request.ts'

const ENTITY_TAG = /(?:W\/)?("[^"]*")/g
/** Packed forms of the same bytes (packing.ts): who has one of them has the content. */
const PACKED = /-(?:br|gzip)"$/

/** Compared weakly; `*` fits whatever there is. `etag` is quoted and strong; what has none is sent. */
export function isUnchanged(request: Pick<GateRequest, 'headers'>, etag: string | null): boolean {
  if (etag === null || findHeader(request, 'if-none-match') === null) return false
  for (const [name, value] of request.headers) {
    if (name.toLowerCase() !== 'if-none-match') continue
    if (value.trim() === '*') return true
    const wanted = etag.replace(PACKED, '"')
    for (const [, opaque] of value.matchAll(ENTITY_TAG)) if (opaque?.replace(PACKED, '"') === wanted) return true
  }
  return false
}
