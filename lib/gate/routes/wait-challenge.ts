/** Whoever asked for an invoice hears when it is paid, by asking, by waiting or by a stream (protocol.md §10.2). */

import { Fault } from '#lib/errors.ts'
import { formatTime } from '#lib/gate/answers/challenge.ts'
import { presentedTokens } from '#lib/gate/credentials/presented.ts'
import { CORS_FIELDS, NOSNIFF, PRIVATE_FIELDS } from '#lib/gate/headers.ts'
import type { GateAnswer, GateRequest, HeaderField } from '#lib/gate/request.ts'
import { equalBytes } from '#lib/l402/bytes.ts'
import type { TokenId } from '#lib/l402/identifier.ts'
import { type Challenge, type ChallengeState, stateAt } from '#lib/paywall/challenges/challenge.ts'
import { findChallenge } from '#lib/paywall/challenges/challenge-store.ts'
import { opensChallenge } from '#lib/paywall/challenges/opens-claim.ts'
import { findClaimSecret } from './claim-secret.ts'
import { answerJson, type RouteContext } from './route.ts'
import type { Waiter } from './settlement-watch.ts'

/** An invoice ends by the clock and nobody tells, so the state is looked at this often. */
const LOOK_MS = 2_000
const RETRY_SECONDS = '2'
const COMMENT_MS = 15_000
const STREAM_MS = 30 * 60_000
const MOST_WAIT_SECONDS = 25

/** `GET /_l402/challenge/<id>`, at once or with `?wait=1…25` when the state has changed. */
export async function showChallenge(context: RouteContext): Promise<GateAnswer> {
  const waitMs = readWait(context.request) * 1000
  const challenge = await findProven(context)
  if (challenge === null) return refuseStranger(context)
  const first = stateAt(challenge, context.deps.clock.now())
  if (waitMs === 0 || first === 'settled') return answerJson(200, describe(challenge, first))
  const waiter = openWaiter(context, challenge)
  // Not a refusal: the state is told, and when to ask for it again.
  if (waiter instanceof Fault) return answerJson(200, describe(challenge, first), [['Retry-After', RETRY_SECONDS]])
  try {
    const changed = await waitForChange(context, {
      challenge,
      waiter,
      from: first,
      untilMs: performance.now() + waitMs,
    })
    return answerJson(200, describe(changed, stateAt(changed, context.deps.clock.now())))
  } finally {
    waiter.close()
  }
}

/** `GET /_l402/challenge/<id>/events`: the state now, then every change, until it is settled or half an hour has passed. */
export async function streamChallenge(context: RouteContext): Promise<GateAnswer> {
  // A stream without a body would wait for half an hour and say nothing.
  if (context.request.method === 'HEAD') return showChallenge(context)
  const challenge = await findProven(context)
  if (challenge === null) return refuseStranger(context)
  // Opened here and not in the stream: too many waiters are refused with a status, while there still is one.
  const waiter = openWaiter(context, challenge)
  if (waiter instanceof Fault) {
    const { code, message } = waiter
    return context.deps.errors.refuse(context.request, { code, detail: message, creator: context.creator })
  }
  const type: HeaderField = ['Content-Type', 'text/event-stream; charset=utf-8']
  const headers = [type, NOSNIFF, ...PRIVATE_FIELDS, ...CORS_FIELDS, ['X-Accel-Buffering', 'no'] as const]
  return { kind: 'answer', status: 200, headers, body: { stream: streamStates(context, challenge, waiter) } }
}

/** Too many pages that wait are told apart from trouble: it happens in a flood, and is no line in the log. */
function openWaiter({ deps, request }: RouteContext, { creatorId, id }: Challenge): Waiter | Fault {
  try {
    return deps.watch.open(creatorId, id, request.address)
  } catch (cause) {
    if (cause instanceof Fault) return cause
    throw cause
  }
}

async function* streamStates(context: RouteContext, challenge: Challenge, waiter: Waiter): AsyncGenerator<string> {
  const { deps, request } = context
  const endMs = performance.now() + STREAM_MS
  let state = stateAt(challenge, deps.clock.now())
  try {
    yield formatEvent(describe(challenge, state))
    while (state !== 'settled' && !request.signal.aborted && performance.now() < endMs) {
      const untilMs = Math.min(endMs, performance.now() + COMMENT_MS)
      const next = await waitForChange(context, { challenge, waiter, from: state, untilMs })
      const changed = stateAt(next, deps.clock.now())
      yield changed === state ? ':\n\n' : formatEvent(describe(next, changed))
      state = changed
    }
  } finally {
    waiter.close()
  }
}

/** The row once its state is another than `from`, or as it is at `untilMs` or when the client has gone. */
async function waitForChange(
  context: RouteContext,
  wait: { challenge: Challenge; waiter: Waiter; from: ChallengeState; untilMs: number },
): Promise<Challenge> {
  const { deps, request } = context
  let { challenge } = wait
  for (;;) {
    const leftMs = wait.untilMs - performance.now()
    if (stateAt(challenge, deps.clock.now()) !== wait.from || leftMs <= 0 || request.signal.aborted) return challenge
    await wait.waiter.next(Math.min(LOOK_MS, leftMs), request.signal)
    challenge = { ...challenge, ...wait.waiter.latest() }
  }
}

/** The challenge, if the request proves to have asked for it: claim secret, its cookie, or the bare macaroon. */
async function findProven(context: RouteContext): Promise<Challenge | null> {
  const { deps, creator, request, parameter } = context
  const challenge = await findChallenge(deps.db.client, { creatorId: creator.creatorId, challengeId: parameter })
  if (challenge === null) return null
  const secret = findClaimSecret(request, parameter)
  if (opensChallenge(deps.l402, challenge, secret)) return challenge
  return holdsToken(context, challenge.tokenId) ? challenge : null
}

function holdsToken({ deps, creator, request }: RouteContext, tokenId: TokenId): boolean {
  return presentedTokens(deps, { creator, request }).some(({ token }) => equalBytes(token.identifier.tokenId, tokenId))
}

/** An id opens nothing by itself; whether there is such a challenge is not told either. */
function refuseStranger({ deps, request, creator }: RouteContext): GateAnswer {
  return deps.errors.refuse(request, { code: 'claim.refused', creator })
}

function describe(challenge: Challenge, state: ChallengeState): object {
  return {
    id: challenge.id,
    state,
    expires_at: formatTime(challenge.expiresAt),
    settled_at: challenge.settledAt === null ? null : formatTime(challenge.settledAt),
  }
}

function formatEvent(data: object): string {
  return `event: state\ndata: ${JSON.stringify(data)}\n\n`
}

function readWait(request: GateRequest): number {
  const wait = Number(new URLSearchParams(request.query).get('wait') ?? 0)
  return Number.isInteger(wait) && wait > 0 ? Math.min(wait, MOST_WAIT_SECONDS) : 0
}
