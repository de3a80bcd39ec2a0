/** Every request to a creator host: match, read credentials, judge, then answer or admit. */

import { type Decision, decide } from '#lib/l402/policy.ts'
import type { VerifiedToken } from '#lib/l402/token.ts'
import { admit } from './admit.ts'
import { answerShortage } from './answer-challenge.ts'
import { answerPreview, answerShortfall, describeLimit, shortageOf, takeLookup } from './answer-shortfall.ts'
import { type Asked, judgeAsked, judgeWithYoungKeys } from './asked.ts'
import type { GateDeps } from './deps.ts'
import { PREFLIGHT_FIELDS } from './headers.ts'
import type { Admission, Limited, Shortfall } from './judge.ts'
import { matchPath } from './match.ts'
import { isPageLoad } from './media.ts'
import { judgePending } from './pending.ts'
import type { Carry, GateAnswer, GateRequest } from './request.ts'
import { serveReserved } from './routes.ts'
import { whilePaid } from './while-paid.ts'

const PREFLIGHT: GateAnswer = { kind: 'answer', status: 204, headers: PREFLIGHT_FIELDS, body: null }

/**
 * Answers one request, or admits it; never throws. A good credential for a creator that was served before touches
 * memory only, so it works with database and node down (architecture.md §7.1).
 */
export async function handle(deps: GateDeps, request: GateRequest): Promise<GateAnswer | Carry> {
  if (request.method === 'OPTIONS') return PREFLIGHT
  try {
    const creator = await deps.catalog.find(request.host)
    if (creator === null) return deps.errors.refuse(request, { code: 'paywall.resource_unknown' })
    const match = matchPath(creator, request.path)
    if (match.kind === 'reserved') return await serveReserved(deps, creator, request)
    if (match.kind === 'unknown') return deps.errors.refuse(request, { code: 'paywall.resource_unknown', creator })
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return deps.errors.refuse(request, {
        code: 'http.method_not_allowed',
        creator,
        headers: [['Allow', READ_METHODS]],
      })
    }
    if (match.kind === 'front') return deps.pages.front(creator)
    return await serveResource(deps, { request, creator, resource: match.resource, picture: match.picture })
  } catch (cause) {
    return deps.errors.fault(request, cause)
  }
}

const READ_METHODS = 'GET, HEAD, OPTIONS'

/** At once where memory is enough, which is every read of an article that was bought. */
function serveResource(deps: GateDeps, asked: Asked): Carry | Promise<GateAnswer | Carry> {
  if (asked.picture !== null && asked.resource.pictures.get(asked.picture)?.inPreview) return carryFree(asked)
  const judgement = judgeAsked(deps, asked)
  return judgement.kind === 'admit' ? admitOrRefuse(deps, asked, judgement) : serveUnadmitted(deps, asked, judgement)
}

async function serveUnadmitted(
  deps: GateDeps,
  asked: Asked,
  judgement: Limited | Shortfall,
): Promise<GateAnswer | Carry> {
  const judged = await judgeWithYoungKeys(deps, asked, judgement)
  if (judged.judgement.kind === 'admit') return admitOrRefuse(deps, judged.asked, judged.judgement)
  return refuse(deps, judged.asked, judged.judgement)
}

/** Without counters nothing is waited for. */
function admitOrRefuse(deps: GateDeps, asked: Asked, admission: Admission): Promise<GateAnswer | Carry> | Carry {
  const admitted = admit(deps, asked, admission)
  if ('kind' in admitted) return admitted
  return admitted.then((outcome) => (outcome.kind === 'carry' ? outcome : refuse(deps, asked, outcome)))
}

/** The decision table has the word; only two of its answers need database or node. */
async function refuse(deps: GateDeps, asked: Asked, judgement: Shortfall | Limited): Promise<GateAnswer | Carry> {
  const { request, creator } = asked
  if (judgement.kind === 'limited') {
    const { detail, retryAfterSeconds } = judgement
    return deps.errors.refuse(request, { code: `limit.${detail}`, detail, retryAfterSeconds, creator })
  }
  const decision = decideFor(asked, judgement)
  if (decision.kind === 'preview') return answerPreview(deps, asked)
  if (decision.kind !== 'challenge') return deps.errors.refuse(request, { code: 'paywall.resource_paused', creator })
  if (decision.invoice === 'none') return answerShortage(shortageOf(asked, judgement), null)
  if (judgement.pending !== null) return answerPending(deps, asked, { ...judgement, pending: judgement.pending })
  return answerShortfall(deps, asked, judgement)
}

/** An authentic token that lacks its preimage: what our record says of it decides, and nobody pays twice. */
async function answerPending(
  deps: GateDeps,
  asked: Asked,
  shortfall: Shortfall & { readonly pending: VerifiedToken },
): Promise<GateAnswer | Carry> {
  const limited = takeLookup(deps, asked.request)
  if (limited !== null) return deps.errors.refuse(asked.request, describeLimit(limited, asked.creator))
  const pending = await whilePaid(() => judgePending(deps, asked, shortfall.pending))
  if (pending.kind === 'settled') return answerShortage(shortageOf(asked, shortfall), 'settled')
  if (pending.kind !== 'admit') return answerShortfall(deps, asked, shortfall)
  const admitted = await admit(deps, asked, pending)
  return admitted.kind === 'carry' ? admitted : answerShortfall(deps, asked, admitted)
}

function decideFor(asked: Asked, { refusal }: Shortfall): Decision {
  const { request, resource } = asked
  return decide({
    free: false,
    paused: resource.paused,
    pageLoad: request.method === 'GET' && asked.picture === null && isPageLoad(request),
    hasPreview: resource.previewWords > 0,
    method: request.method,
    demandsDischarge: false,
    outcome: { kind: 'refused', refusal },
  })
}

function carryFree({ creator, resource, picture }: Asked): Carry {
  return { kind: 'carry', creator, resource, picture, form: 'html', access: 'free', headers: [] }
}
