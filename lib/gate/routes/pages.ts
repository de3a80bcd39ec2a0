/** The pages of ours on a creator host: checkout without JavaScript, purchases, restore. */

import { findGone } from '#lib/gate/answers/gone.ts'
import { coveredServices } from '#lib/gate/answers/grant.ts'
import { takeLookup } from '#lib/gate/answers/limits.ts'
import type { AskedPurchase } from '#lib/gate/answers/reader-pages.ts'
import { presentedTokens } from '#lib/gate/credentials/presented.ts'
import type { GateAnswer } from '#lib/gate/request.ts'
import { type Challenge, stateAt } from '#lib/paywall/challenges/challenge.ts'
import { findChallenge } from '#lib/paywall/challenges/challenge-store.ts'
import { opensChallenge } from '#lib/paywall/challenges/opens-claim.ts'
import type { CatalogResource } from '#lib/paywall/resources/snapshot.ts'
import type { CheckoutPageState } from '#lib/reader/props.ts'
import { openSettled } from './claim.ts'
import { findClaimSecret } from './claim-secret.ts'
import { findOwnChallenges, listClaimCookies, mostAdvanced } from './own-challenges.ts'
import type { RouteContext } from './route.ts'

/** `GET /_l402/pay/<challenge>`, for the browser that asked: its cookie is the proof. */
export async function showCheckout(context: RouteContext): Promise<GateAnswer> {
  const { deps, creator, request, parameter } = context
  const secret = findClaimSecret(request, parameter)
  const challenge =
    secret === null
      ? null
      : await findChallenge(deps.db.client, { creatorId: creator.creatorId, challengeId: parameter })
  const isOwn = challenge !== null && opensChallenge(deps.l402, challenge, secret)
  const resource = creator.resources.find(({ id }) => id === challenge?.resourceId)
  if (challenge === null || !isOwn) return deps.errors.refuse(request, { code: 'claim.refused', creator })
  if (resource === undefined) return tellGone(context, challenge)
  const state = checkoutState(context, challenge)
  if (state === 'settled' && secret !== null && request.method === 'GET') {
    const opened = await openSettled(context, { challengeId: challenge.id, secret })
    if (opened !== null) return opened
  }
  return deps.pages.checkout(context, { resource, challenge, state })
}

/** Its article was deleted since: an invoice that can still be paid buys nothing, and one that was paid is told so. */
function tellGone({ deps, creator, request }: RouteContext, challenge: Challenge): GateAnswer {
  const { resourceId } = challenge
  if (findGone(creator, resourceId) === null) return deps.errors.refuse(request, { code: 'claim.refused', creator })
  const message = stateAt(challenge, deps.clock.now()) === 'settled' ? PAID_AND_GONE : GONE
  return deps.errors.refuse(request, { code: 'paywall.resource_deleted', message, creator })
}

const GONE = 'Do not pay this invoice: the creator has deleted what it was for. Nothing was charged.'
const PAID_AND_GONE =
  'Your payment arrived, and the creator has deleted what it was for. Ask them for your money; this address is your proof.'

/** `?seen=` tells what a form of the page came to; it changes words and never what is known. */
function checkoutState({ deps, request }: RouteContext, challenge: Challenge): CheckoutPageState {
  const state = stateAt(challenge, deps.clock.now())
  if (state === 'settled') return 'settled'
  const seen = new URLSearchParams(request.query).get('seen')
  if (seen === 'unclear' && state !== 'canceled') return 'unclear'
  if (state === 'open') return seen === 'not_yet' || seen === 'wrong_proof' ? seen : 'waiting'
  return 'expired'
}

/** `GET /_l402/purchases`: what the cookies of this request open, and what they asked for. */
export async function showPurchases(context: RouteContext): Promise<GateAnswer> {
  const { deps, creator } = context
  const proven = presentedTokens(deps, context).filter(({ isProven }) => isProven)
  const services = proven.flatMap(({ token }) => coveredServices(creator, token))
  const held = new Set(services.flatMap((name) => creator.services.get(name) ?? []))
  const gone = new Set(services.flatMap((name) => creator.goneServices.get(name) ?? []))
  return deps.pages.purchases(context, { held: [...held], gone: [...gone], asked: await listAsked(context, held) })
}

/** What is paid and not opened yet, or can still be paid; without the books there is only what the cookies open. */
async function listAsked(context: RouteContext, held: ReadonlySet<CatalogResource>): Promise<AskedPurchase[]> {
  const { deps, creator, request } = context
  if (listClaimCookies(request).length === 0 || takeLookup(deps, request) !== null) return []
  const own = await findOwnChallenges(context).catch(() => [])
  return creator.resources.flatMap((resource) => {
    const found = held.has(resource) ? null : mostAdvanced(own, resource.id)
    return found === null ? [] : [{ resource, challenge: found.challenge, state: found.state }]
  })
}

const NOTHING_TYPED = { fault: null, values: { credential: '', invoice: '', preimage: '' } } as const

/** `GET /_l402/restore`, and `/_l402/receipt`, whose fragment only the page's script sees. */
export function showRestore(context: RouteContext): GateAnswer | Promise<GateAnswer> {
  return context.deps.pages.restore(context, NOTHING_TYPED)
}
