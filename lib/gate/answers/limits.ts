/** Limits that stand in front of database and node, and how they are told. */
import type { GateDeps } from '#lib/gate/deps.ts'
import type { GateRequest } from '#lib/gate/request.ts'
import type { IssueAnswer } from '#lib/paywall/challenges/issue-challenge.ts'
import type { CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import type { ErrorAnswer } from './refusal.ts'

/**
 * Counts one look-up of what somebody claims to hold; `limited` when there were too many. A holder then waits a moment
 * for the same challenge: what is never given in its place is another one.
 */
export function takeLookup(deps: GateDeps, request: GateRequest): Extract<IssueAnswer, { kind: 'limited' }> | null {
  const waitSeconds = deps.lookupBudget.take(request.address)
  if (waitSeconds === 0) return null
  const retryAfterSeconds = Math.max(1, Math.ceil(waitSeconds))
  return { kind: 'limited', code: 'limit.challenge_budget', detail: 'client', retryAfterSeconds }
}

/** The words of a limit. The budget that all gateways share is our trouble and not this client's doing: 503. */
export function describeLimit(
  limit: { code: ErrorAnswer['code']; detail: string; retryAfterSeconds: number },
  creator: CreatorSnapshot,
): ErrorAnswer {
  const { code, detail, retryAfterSeconds } = limit
  return { code, detail, retryAfterSeconds, creator, ...(detail === 'global' ? { status: 503 } : {}) }
}
