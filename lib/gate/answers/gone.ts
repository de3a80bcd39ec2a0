/** What is answered where something was deleted: that it is gone for good, and to who bought it, that they did. */
import { presentedTokens } from '#lib/gate/credentials/presented.ts'
import type { VerifyDeps } from '#lib/gate/credentials/verify.ts'
import type { GateRequest } from '#lib/gate/request.ts'
import { type CreatorSnapshot, type GoneResource, goneServicesOf } from '#lib/paywall/resources/snapshot.ts'
import { coveredServices } from './grant.ts'
import type { ErrorAnswer } from './refusal.ts'

const TO_BUYERS =
  'Nothing was charged now. You bought this, and the creator has deleted it for good; only they can give the money back.'

/** 410, to everybody and by every method: paying would not bring it back, so there is no challenge. */
export function describeGone(
  deps: VerifyDeps,
  { creator, request }: { creator: CreatorSnapshot; request: GateRequest },
  gone: GoneResource,
): ErrorAnswer {
  const told = { code: 'paywall.resource_deleted', creator } as const
  const isBuyer = presentedTokens(deps, { creator, request }).some(
    ({ token, isProven }) =>
      isProven && goneServicesOf(gone).some((service) => coveredServices(creator, token).includes(service)),
  )
  return isBuyer ? { ...told, detail: 'bought', message: TO_BUYERS } : told
}

/** The deleted resource of this id; for the few routes that know nothing else of it. */
export function findGone(creator: CreatorSnapshot, resourceId: string): GoneResource | null {
  for (const resource of creator.gone.values()) if (resource.id === resourceId) return resource
  return null
}
