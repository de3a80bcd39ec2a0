/** Every answer that says no without a challenge: one shape for programs, a page for browsers, a line in the log for what broke. */
import { type Code, codeRow, Fault } from '#lib/errors.ts'
import { CORS_FIELDS, JSON_TYPE, NOSNIFF, PRIVATE_FIELDS } from '#lib/gate/headers.ts'
import { findNearest } from '#lib/gate/nearest.ts'
import type { GateAnswer, GateRequest, HeaderField } from '#lib/gate/request.ts'
import { newId } from '#lib/ids.ts'
import { describeCause, type Log } from '#lib/log.ts'
import type { CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import { wantsPage } from './media.ts'

/** What is said, before it is known to whom. */
export interface ErrorAnswer {
  readonly code: Code
  /** In place of the code's own status: the budget of all gateways is 503 where one client's is 429. */
  readonly status?: number
  /** Whose page says it; absent where no creator answers. */
  readonly creator?: CreatorSnapshot
  /** For developers, a row of protocol.md §9. */
  readonly detail?: string
  /** In place of the code's own sentence. */
  readonly message?: string
  /** Whole seconds; in place of the code's own. */
  readonly retryAfterSeconds?: number
  readonly headers?: readonly HeaderField[]
}

export interface ErrorAnswers {
  /** A page or JSON, as the client asked. */
  refuse(request: GateRequest, error: ErrorAnswer): GateAnswer
  /** For anything thrown: logged once, answered without a word of the cause. */
  fault(request: GateRequest, cause: unknown): GateAnswer
}

export interface ErrorPage {
  readonly creator: CreatorSnapshot | null
  readonly code: Code
  readonly message: string
  readonly requestId: string
  /** Path of a page that can be asked again; `null` when the request was a form. */
  readonly retryPath: string | null
  /** The address that was meant, perhaps. */
  readonly nearest: { readonly path: string; readonly title: string } | null
}

export interface ErrorAnswerDeps {
  readonly log: Log
  /** Header fields and document of a page that says one thing. */
  readonly renderErrorPage: (page: ErrorPage) => { headers: readonly HeaderField[]; body: string }
}

export function createErrorAnswers(deps: ErrorAnswerDeps): ErrorAnswers {
  const refuse = (request: GateRequest, error: ErrorAnswer, requestId = newId('req')): GateAnswer => {
    const nearest = nearestTo(request, error)
    if (!wantsPage(request)) return answerErrorAsJson(withNearest(error, nearest), requestId)
    const message = error.message ?? codeRow(error.code).message
    const retryPath = request.method === 'GET' ? request.path : null
    const page = deps.renderErrorPage({
      creator: error.creator ?? null,
      code: error.code,
      message,
      requestId,
      retryPath,
      nearest,
    })
    return { ...frame(error), headers: [...page.headers, ...fieldsOf(error)], body: page.body }
  }
  return {
    refuse,
    fault(request, cause) {
      const fault = cause instanceof Fault ? cause : new Fault('internal.bug', describeCause(cause), { cause })
      const requestId = newId('req')
      const { code } = fault
      deps.log.error(fault.message, {
        code,
        requestId,
        method: request.method,
        cause: describeCause(fault.cause ?? fault),
      })
      return refuse(request, { code, message: fault.publicMessage }, requestId)
    },
  }
}

/** Of what is not there; our own addresses are no creator's. */
function nearestTo({ path }: GateRequest, { code, creator }: ErrorAnswer): ErrorPage['nearest'] {
  if (code !== 'paywall.resource_unknown' || creator === undefined || path.startsWith('/_l402/')) return null
  const found = findNearest(creator, path)
  return found && { path: `/${found.slug}`, title: found.title }
}

function withNearest(error: ErrorAnswer, nearest: ErrorPage['nearest']): ErrorAnswer {
  if (nearest === null) return error
  return { ...error, message: `${codeRow(error.code).message} The nearest address is ${nearest.path}.` }
}

/** The answer of those who have no request yet, and of programs: `{error, reason, detail?, message, request_id}`. */
export function answerErrorAsJson(error: ErrorAnswer, requestId = newId('req')): GateAnswer {
  const { http, message } = codeRow(error.code)
  const body = {
    error: NAMES[error.status ?? http] ?? 'error',
    reason: error.code,
    ...(error.detail === undefined ? {} : { detail: error.detail }),
    message: error.message ?? message,
    request_id: requestId,
  }
  return { ...frame(error), headers: [JSON_TYPE, NOSNIFF, ...fieldsOf(error)], body: JSON.stringify(body) }
}

/** `error` of the JSON body, by status. */
const NAMES: Readonly<Record<number, string>> = {
  400: 'bad_request',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  409: 'conflict',
  410: 'gone',
  413: 'too_large',
  415: 'unsupported_type',
  422: 'invalid',
  429: 'too_many_requests',
  431: 'too_large',
  500: 'internal',
  503: 'unavailable',
}

function frame({ code, status, detail = '' }: ErrorAnswer): Pick<GateAnswer, 'kind' | 'status' | 'why'> {
  return { kind: 'answer', status: status ?? codeRow(code).http, why: { code, detail } }
}

function fieldsOf(error: ErrorAnswer): HeaderField[] {
  const seconds = error.retryAfterSeconds ?? codeRow(error.code).retryAfterSeconds
  return [
    ['L402-Reason', error.code],
    ...PRIVATE_FIELDS,
    ...CORS_FIELDS,
    ...(seconds === null ? [] : [['Retry-After', String(Math.max(1, Math.ceil(seconds)))] as const]),
    ...(error.headers ?? []),
  ]
}
