/** The pages of ours on a creator host: checkout without JavaScript, purchases, restore. */
import { coveredServices } from '#lib/gate/answers/grant.ts'
import { presentedTokens } from '#lib/gate/credentials/presented.ts'
import type { GateAnswer } from '#lib/gate/request.ts'
import { type Challenge, stateAt } from '#lib/paywall/challenges/challenge.ts'
import { findChallenge } from '#lib/paywall/challenges/challenge-store.ts'
import { opensClaim } from '#lib/paywall/challenges/opens-claim.ts'
import type { CheckoutPageState } from '#lib/reader/pages.ts'
import { findClaimSecret } from './claim-secret.ts'
import type { RouteContext } from './route.ts'

/** `GET /_l402/pay/<challenge>`, for the browser that asked: its cookie is the proof. */
export async function showCheckout(context: RouteContext): Promise<GateAnswer> {
  const { deps, creator, request, parameter } = context
  const secret = findClaimSecret(request, parameter)
  const challenge =
    secret === null
      ? null
      : await findChallenge(deps.db.client, { creatorId: creator.creatorId, challengeId: parameter })
  const isOwn = opensClaim(deps.l402, challenge?.claimHash ?? null, secret)
  const resource = creator.resources.find(({ id }) => id === challenge?.resourceId)
  if (challenge === null || !isOwn || resource === undefined) {
    return deps.errors.refuse(request, { code: 'claim.refused', creator })
  }
  return deps.pages.checkout(context, { resource, challenge, state: checkoutState(context, challenge) })
}

/** `?seen=` tells what a form of the page came to; it changes words and never what is known. */
function checkoutState({ deps, request }: RouteContext, challenge: Challenge): CheckoutPageState {
  const state = stateAt(challenge, deps.clock.now())
  if (state === 'settled') return 'settled'
  const seen = new URLSearchParams(request.query).get('seen')
  if (state === 'open') return seen === 'unclear' || seen === 'wrong_proof' ? seen : 'waiting'
  return 'expired'
}

/** `GET /_l402/purchases`: what the cookies of this request open. */
export function showPurchases(context: RouteContext): GateAnswer | Promise<GateAnswer> {
  const { deps, creator } = context
  const proven = presentedTokens(deps, context).filter(({ isProven }) => isProven)
  const services = proven.flatMap(({ token }) => coveredServices(creator, token))
  const held = new Set(services.flatMap((name) => creator.services.get(name) ?? []))
  return deps.pages.purchases(context, [...held])
}

const NOTHING_TYPED = { fault: null, values: { credential: '', invoice: '', preimage: '' } } as const

/** `GET /_l402/restore`, and `/_l402/receipt`, whose fragment only the page's script sees. */
export function showRestore(context: RouteContext): GateAnswer | Promise<GateAnswer> {
  return context.deps.pages.restore(context, NOTHING_TYPED)
}
