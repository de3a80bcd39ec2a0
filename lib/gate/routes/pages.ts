/** The pages of ours on a creator host: checkout without JavaScript, purchases, restore. */
import { coveredServices } from '#lib/gate/admit.ts'
import type { GateAnswer } from '#lib/gate/request.ts'
import { verifyCredential } from '#lib/gate/verify-credential.ts'
import { readCredentials } from '#lib/l402/credential.ts'
import { startWork } from '#lib/l402/token.ts'
import { type Challenge, stateAt } from '#lib/paywall/challenges/challenge.ts'
import { findChallenge } from '#lib/paywall/challenges/challenge-store.ts'
import { opensClaim } from '#lib/paywall/challenges/opens-claim.ts'
import type { CatalogResource } from '#lib/paywall/resources/catalog.ts'
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
  return deps.pages.checkout({ creator, resource }, challenge, checkoutState(context, challenge))
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
export function showPurchases({ deps, creator, request }: RouteContext): GateAnswer {
  const held = new Set<CatalogResource>()
  const work = startWork()
  for (const candidate of readCredentials(request.headers, { secureCookies: request.secure, method: request.method })) {
    const verdict = candidate.kind === 'refused' ? candidate : verifyCredential(deps, creator, candidate, work)
    if (verdict.kind !== 'verified') continue
    for (const name of coveredServices(creator, verdict.token)) {
      const resource = creator.services.get(name)
      if (resource !== undefined) held.add(resource)
    }
  }
  return deps.pages.purchases(creator, [...held])
}

const NOTHING_TYPED = { fault: null, values: { credential: '', invoice: '', preimage: '' } } as const

/** `GET /_l402/restore`, and `/_l402/receipt`, whose fragment only the page's script sees. */
export function showRestore({ deps, creator }: RouteContext): GateAnswer {
  return deps.pages.restore(creator, NOTHING_TYPED)
}
