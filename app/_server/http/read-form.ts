/** A small form that a page of ours posted to a route, or the refusal to send back. */
import 'server-only'
import { Fault } from '#lib/errors.ts'
import { readBody } from './read-body.ts'
import { refuse } from './refuse.ts'
import { requireOwnOrigin } from './require-own-origin.ts'

const MAX_BYTES = 4096
const FORM = /^application\/x-www-form-urlencoded\b/i

/** The fields of a form, or 400, 403, 413: it is no form, comes from another site, or is larger than any of ours. */
export async function readForm(request: Request): Promise<URLSearchParams | Response> {
  try {
    await requireOwnOrigin()
  } catch (cause) {
    if (cause instanceof Fault) return refuse('http.origin_refused')
    throw cause
  }
  if (!FORM.test(request.headers.get('content-type') ?? '')) return refuse('http.malformed')
  const bytes = await readBody(request, MAX_BYTES)
  return bytes === null ? refuse('http.too_large') : new URLSearchParams(new TextDecoder().decode(bytes))
}
