/** What a page or a program posts under `/_l402/`: from this host only, small, and a flat set of named texts. */
import type { Code } from '#lib/errors.ts'
import { findHeader, type GateRequest, originOf } from '#lib/gate/request.ts'
import { decodeUtf8 } from '#lib/l402/bytes.ts'

const MAX_BODY_BYTES = 65_536

export interface RouteInput {
  readonly kind: 'input'
  /** `form`: a page without JavaScript, answered by 303 to the page that shows the result. */
  readonly form: boolean
  /** A member that is missing, or no text, is absent. */
  readonly fields: ReadonlyMap<string, string>
}

export type InputReading = RouteInput | { readonly kind: 'refused'; readonly code: Code }

/**
 * Reads JSON, or a form with the same member names. Refuses another site's request (`http.origin_refused`), a body above
 * 64 KiB (`http.too_large`), and what is neither a JSON object nor a form (`http.malformed`).
 */
export async function readInput(request: GateRequest): Promise<InputReading> {
  if (!isOwnPage(request)) return { kind: 'refused', code: 'http.origin_refused' }
  const bytes = await request.readBody(MAX_BODY_BYTES)
  if (bytes === 'too-large') return { kind: 'refused', code: 'http.too_large' }
  if (bytes === 'malformed') return { kind: 'refused', code: 'http.malformed' }
  const text = decodeUtf8(bytes)
  const form =
    findHeader(request, 'content-type')?.toLowerCase().startsWith('application/x-www-form-urlencoded') === true
  const members = text === null ? null : form ? [...new URLSearchParams(text)] : parseMembers(text)
  if (members === null) return { kind: 'refused', code: 'http.malformed' }
  const fields = new Map<string, string>()
  for (const [name, value] of members) if (typeof value === 'string' && !fields.has(name)) fields.set(name, value)
  return { kind: 'input', form, fields }
}

/** What a program posts as JSON, of whatever shape; otherwise as `readInput`. */
export async function readJson(
  request: GateRequest,
): Promise<{ readonly kind: 'json'; readonly value: unknown } | Extract<InputReading, { kind: 'refused' }>> {
  if (!isOwnPage(request)) return { kind: 'refused', code: 'http.origin_refused' }
  const bytes = await request.readBody(MAX_BODY_BYTES)
  if (bytes === 'too-large') return { kind: 'refused', code: 'http.too_large' }
  const members = bytes === 'malformed' ? null : parseMembers(decodeUtf8(bytes) ?? '')
  return members === null
    ? { kind: 'refused', code: 'http.malformed' }
    : { kind: 'json', value: Object.fromEntries(members) }
}

/** Browsers say where a request comes from; a program that says nothing is no page of another site. */
function isOwnPage(request: GateRequest): boolean {
  const site = findHeader(request, 'sec-fetch-site')
  if (site !== null && site !== 'same-origin') return false
  const origin = findHeader(request, 'origin')
  return origin === null || origin.toLowerCase() === originOf(request)
}

function parseMembers(text: string): [string, unknown][] | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : null
  } catch {
    return null
  }
}
