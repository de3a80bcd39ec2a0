/** Nobody is let in, so an answer is found: a preview for a person, an invoice for a program, or the reason why there is none. */

import { type IssueAnswer, type IssueInput, issueChallenge } from '#lib/paywall/challenges/issue-challenge.ts'
import type { CreatorSnapshot } from '#lib/paywall/resources/catalog.ts'
import { answerChallenge, answerShortage, type ChallengePage, type Shortage } from './answer-challenge.ts'
import type { ErrorAnswer } from './answer-error.ts'
import type { Asked } from './asked.ts'
import type { GateDeps } from './deps.ts'
import { CORS_FIELDS, PREVIEW_LINK, PRIVATE_FIELDS } from './headers.ts'
import type { Shortfall } from './judge.ts'
import { wantsPage } from './media.ts'
import { readClaimSecret } from './pending.ts'
import { findHeader, type GateAnswer, type GateRequest } from './request.ts'

/** 200 with the text before the cut; no invoice, no `WWW-Authenticate`: some clients pay whenever they see one. */
export async function answerPreview(deps: GateDeps, asked: Asked): Promise<GateAnswer> {
  const { bytes } = await deps.forms.get(asked, 'preview')
  deps.usage.count({ creatorId: asked.creator.creatorId, resourceId: asked.resource.id, kind: 'view' })
  const headers = [...deps.pages.fields, PREVIEW_LINK, ...PRIVATE_FIELDS, ...CORS_FIELDS]
  return { kind: 'answer', status: 200, headers, body: bytes }
}

/** 402 with an invoice, or the reason why there is none to be had. Throws `Fault` when node or database do not answer. */
export async function answerShortfall(deps: GateDeps, asked: Asked, shortfall: Shortfall): Promise<GateAnswer> {
  const answer = await issue(deps, asked, { ...askFor(deps, asked, shortfall), channel: 'http' })
  if (answer.kind === 'limited') return deps.errors.refuse(asked.request, describeLimit(answer, asked.creator))
  if (answer.kind === 'settled') return answerShortage(shortageOf(asked, shortfall), 'settled')
  deps.usage.count({ creatorId: asked.creator.creatorId, resourceId: asked.resource.id, kind: 'challenge' })
  return answerChallenge(shortageOf(asked, shortfall), answer.challenge, await pageFor(deps, asked))
}

/** A browser that must be told 402 gets the preview as its page, with the same fields (protocol.md §1.4). */
async function pageFor(deps: GateDeps, asked: Asked): Promise<ChallengePage | null> {
  if (!wantsPage(asked.request) || asked.picture !== null) return null
  const { bytes } = await deps.forms.get(asked, 'preview')
  return { headers: deps.pages.fields, body: bytes }
}

export function shortageOf(asked: Asked, shortfall: Pick<Shortfall, 'refusal'>): Shortage {
  return { request: asked.request, resource: asked.resource, refusal: shortfall.refusal }
}

/** A challenge whose key this gateway knows: the first one of a creator makes the key, and the catalog hears of it here. */
export async function issue(deps: GateDeps, asked: Asked, input: IssueInput): Promise<IssueAnswer> {
  const limited = input.held === null ? null : takeLookup(deps, asked.request)
  if (limited !== null) return limited
  const answer = await issueChallenge(deps, input)
  if (asked.creator.ring.active === null) await deps.catalog.refresh(asked.request.host)
  return answer
}

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

/** What `issueChallenge` is told of a request; a claim secret is proof of the open challenge that it belongs to (§1.6). */
export function askFor(deps: GateDeps, asked: Asked, shortfall: Shortfall) {
  const secret = readClaimSecret(findHeader(asked.request, 'l402-claim'))
  const claimHash = secret === null ? null : deps.l402.sha256(secret)
  const { pending } = shortfall
  return {
    creator: asked.creator,
    resource: asked.resource,
    claimHash,
    held: pending !== null ? { tokenId: pending.identifier.tokenId } : claimHash === null ? null : { claimHash },
    carried: shortfall.verified,
    replaces: shortfall.replaces,
    client: { address: asked.request.address },
  }
}

/** The words of a limit. The budget that all gateways share is our trouble and not this client's doing: 503. */
export function describeLimit(
  limit: { code: ErrorAnswer['code']; detail: string; retryAfterSeconds: number },
  creator: CreatorSnapshot,
): ErrorAnswer {
  const { code, detail, retryAfterSeconds } = limit
  return { code, detail, retryAfterSeconds, creator, ...(detail === 'global' ? { status: 503 } : {}) }
}
