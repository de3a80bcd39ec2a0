/** A refusal of the API for creators' servers: a problem document (RFC 9457) with our code and the request's id. */
import { type Code, codeRow } from '#lib/errors.ts'
import { newId } from '#lib/ids.ts'

export interface Problem {
  readonly code: Code
  /** In place of the code's own sentence. */
  readonly message?: string
  /** Name of an input's member -> what was expected. */
  readonly fields?: Readonly<Record<string, string>>
  /** In place of the code's own. */
  readonly retryAfterSeconds?: number
}

export function answerProblem(
  { code, message, fields, retryAfterSeconds }: Problem,
  requestId = newId('req'),
): Response {
  const row = codeRow(code)
  const seconds = retryAfterSeconds ?? row.retryAfterSeconds
  const title = message ?? row.message
  const body = {
    ...{ type: 'about:blank', title, status: row.http, reason: code, message: title, request_id: requestId },
    ...(fields !== undefined && { fields }),
  }
  const headers = {
    ...{ 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' },
    ...(seconds !== null && { 'Retry-After': String(Math.max(1, Math.ceil(seconds))) }),
  }
  return new Response(JSON.stringify(body), { status: row.http, headers })
}
