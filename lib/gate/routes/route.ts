/** What one of our own addresses is given, and how it answers in JSON. */
import type { GateDeps } from '#lib/gate/deps.ts'
import { CORS_FIELDS, JSON_TYPE, NOSNIFF, PRIVATE_FIELDS } from '#lib/gate/headers.ts'
import type { GateAnswer, GateRequest, HeaderField } from '#lib/gate/request.ts'
import type { CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'

export interface RouteContext {
  readonly deps: GateDeps
  readonly creator: CreatorSnapshot
  readonly request: GateRequest
  /** What the pattern's group matched; empty when it has none. */
  readonly parameter: string
}

export type Route = (context: RouteContext) => GateAnswer | Promise<GateAnswer>

/** Never cached: what stands here is for one client. */
export function answerJson(status: number, body: object, headers: readonly HeaderField[] = []): GateAnswer {
  const fields = [JSON_TYPE, NOSNIFF, ...PRIVATE_FIELDS, ...CORS_FIELDS, ...headers]
  return { kind: 'answer', status, headers: fields, body: JSON.stringify(body) }
}

/** The answer to a form: the page that shows what came of it. */
export function seeOther(path: string, headers: readonly HeaderField[] = []): GateAnswer {
  const fields: HeaderField[] = [['Location', path], ...PRIVATE_FIELDS, ...CORS_FIELDS, ...headers]
  return { kind: 'answer', status: 303, headers: fields, body: null }
}

/** 422: which member is wrong, and what was expected there. */
export function answerInvalid(context: RouteContext, member: string, expected: string): GateAnswer {
  const { deps, request, creator } = context
  return deps.errors.refuse(request, {
    code: 'input.invalid',
    detail: member,
    message: `${member}: ${expected}`,
    creator,
  })
}
