/** `POST /_l402/claim`: the claim secret of a paid challenge is traded for the credential, as often as wanted (protocol.md §10.3). */
import { verifyCredential } from '#lib/gate/credentials/verify.ts'
import { waitingCookie } from '#lib/gate/credentials/waiting-cookie.ts'
import type { GateAnswer } from '#lib/gate/request.ts'
import { isDependency } from '#lib/gate/while-paid.ts'
import { type ClaimedToken, claimToken } from '#lib/paywall/challenges/claim-token.ts'
import { findClaimSecret } from './claim-secret.ts'
import { type RouteInput, readInput } from './input.ts'
import { credentialMembers, keepCredential } from './keep-credential.ts'
import { answerJson, type RouteContext, seeOther } from './route.ts'

const ASK_AGAIN_SECONDS = '2'

/** 202 while nothing has arrived, 200 with credential and cookie, 403 for another secret, 410 when it is too long ago. */
export async function claim(context: RouteContext): Promise<GateAnswer> {
  const { deps, creator, request } = context
  const input = await readInput(request)
  if (input.kind === 'refused') return deps.errors.refuse(request, { code: input.code, creator })
  const challengeId = input.fields.get('challenge') ?? ''
  const secret = findClaimSecret(request, challengeId, input.fields.get('secret') ?? null)
  if (secret === null) return deps.errors.refuse(request, { code: 'claim.refused', creator })
  const answer = await claimToken(deps, { creator, challengeId, secret }).catch(
    (cause: unknown): { readonly kind: 'unseen' } => {
      // A page without JavaScript goes back to its checkout, which can be asked again; the form could not.
      if (input.form && isDependency(cause)) return { kind: 'unseen' }
      throw cause
    },
  )
  if (answer.kind === 'unseen') return seeOther(`/_l402/pay/${challengeId}?seen=unclear`)
  switch (answer.kind) {
    case 'refused':
      return deps.errors.refuse(request, { code: 'claim.refused', creator })
    case 'over':
      return deps.errors.refuse(request, { code: 'claim.over', creator })
    case 'waiting':
      if (input.form) return seeOther(`/_l402/pay/${challengeId}?seen=${seenBy(input)}`)
      return answerJson(202, { state: answer.state }, [['Retry-After', ASK_AGAIN_SECONDS]])
    case 'claimed':
      return handOver(context, answer, input.form)
  }
}

/** "Do not pay again" is said to who says to have paid, and to nobody else. */
function seenBy({ fields }: RouteInput): 'unclear' | 'not_yet' {
  return fields.get('said') === 'paid' ? 'unclear' : 'not_yet'
}

/** The resource, opened by a claim secret whose challenge is paid; `null`: its claim is over. */
export async function openSettled(
  context: RouteContext,
  own: { challengeId: string; secret: Uint8Array },
): Promise<GateAnswer | null> {
  const answer = await claimToken(context.deps, { creator: context.creator, ...own })
  return answer.kind === 'claimed' ? handOver(context, answer, true) : null
}

function handOver(context: RouteContext, claimed: ClaimedToken, form: boolean): GateAnswer {
  const { deps, creator, request } = context
  const { macaroon, preimage } = claimed
  const verdict = verifyCredential(deps, creator, { macaroons: [macaroon], preimage })
  // Withdrawn since it was paid: what opens nothing is not handed out as if it did.
  if (verdict.kind === 'refused') {
    return deps.errors.refuse(request, { code: 'claim.over', detail: verdict.refusal.detail, creator })
  }
  const kept = { macaroon, preimage, token: verdict.token }
  const cookies = keepCredential(deps, { creator, request }, kept)
  const resource = creator.resources.find(({ id }) => id === claimed.resourceId)
  if (form) {
    const waiting = waitingCookie(request, { removed: claimed.resourceId })
    return seeOther(resource === undefined ? '/_l402/purchases' : `/${resource.slug}`, [...cookies, ...waiting])
  }
  const members = { state: 'settled', kind: claimed.receiptKind, ...credentialMembers(request, kept) }
  return answerJson(200, members, cookies)
}
