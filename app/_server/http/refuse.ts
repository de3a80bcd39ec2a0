/** A refusal as every address outside of pages gives it: the status of its code, the code, a sentence. */
import { type Code, codeRow } from '#lib/errors.ts'

export function refuse(reason: Code): Response {
  const { http: status, message } = codeRow(reason)
  return Response.json({ reason, message }, { status, headers: { 'cache-control': 'no-store' } })
}

/** The same, with the seconds to wait. */
export function tooMany(reason: 'limit.rate' | 'queue.full'): Response {
  const { http: status, message, retryAfterSeconds } = codeRow(reason)
  const headers = { 'cache-control': 'no-store', 'retry-after': String(retryAfterSeconds) }
  return Response.json({ reason, message }, { status, headers })
}
