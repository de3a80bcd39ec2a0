/** `GET /_l402/open/<slug>`: a reader without JavaScript comes back; what they paid for opens, what they asked for is shown again. */
import { describeGone } from '#lib/gate/answers/gone.ts'
import { waitingCookie } from '#lib/gate/credentials/waiting-cookie.ts'
import type { GateAnswer } from '#lib/gate/request.ts'
import { openSettled } from './claim.ts'
import { findOwnChallenges, mostAdvanced } from './own-challenges.ts'
import { type RouteContext, seeOther } from './route.ts'

/** Always leads back to the resource: open, with the invoice that waits, or as it is for everybody. */
export async function openOwn(context: RouteContext): Promise<GateAnswer> {
  const { deps, creator, request, parameter } = context
  const resource = creator.bySlug.get(parameter)
  const gone = creator.gone.get(parameter)
  if (gone !== undefined) return deps.errors.refuse(request, describeGone(deps, { creator, request }, gone))
  if (resource === undefined) return deps.errors.refuse(request, { code: 'paywall.resource_unknown', creator })
  const own = mostAdvanced(await findOwnChallenges(context), resource.id)
  const path = `/${resource.slug}`
  if (own === null) return seeOther(path, waitingCookie(request, { removed: resource.id }))
  if (own.state !== 'settled') return seeOther(`${path}?waiting=${own.challenge.id}`)
  const opened = await openSettled(context, { challengeId: own.challenge.id, secret: own.secret })
  return opened ?? seeOther(path, waitingCookie(request, { removed: resource.id }))
}
