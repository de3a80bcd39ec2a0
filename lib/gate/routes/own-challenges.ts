/** The challenges that a browser without JavaScript asked for, as far as its cookies prove it: nobody pays twice for want of a script. */
import { readClaimSecret } from '#lib/gate/credentials/payment-record.ts'
import { claimCookieName, readCookies } from '#lib/gate/credentials/receipt-cookie.ts'
import { readWaiting } from '#lib/gate/credentials/waiting-cookie.ts'
import { type Challenge, type ChallengeState, isReusable, stateAt } from '#lib/paywall/challenges/challenge.ts'
import { findChallenge } from '#lib/paywall/challenges/challenge-store.ts'
import { opensChallenge } from '#lib/paywall/challenges/opens-claim.ts'
import { lastsForGood } from '#lib/paywall/offers/offer.ts'
import type { RouteContext } from './route.ts'

export interface OwnChallenge {
  readonly challenge: Challenge
  readonly secret: Uint8Array
  readonly state: ChallengeState
}

/** A browser keeps more than it will ever pay; the youngest are looked at. */
const MOST = 8

/** Youngest first; those that were pruned or belong to somebody else are left out. Throws `database.unavailable`. */
export async function findOwnChallenges({ deps, creator, request }: RouteContext): Promise<OwnChallenge[]> {
  const own: OwnChallenge[] = []
  for (const { id, secret } of listClaimCookies(request)) {
    const challenge = await findChallenge(deps.db.client, { creatorId: creator.creatorId, challengeId: id })
    if (challenge === null || !opensChallenge(deps.l402, challenge, secret)) continue
    const state = stateAt(challenge, deps.clock.now())
    if (state !== 'settled' || mayOpen({ creator, request }, challenge)) own.push({ challenge, secret, state })
  }
  return own
}

/**
 * Whether a paid one is worth showing again: it was never opened, or what it bought has no end. Else somebody whose time
 * is over, or whose token was withdrawn, could not buy anew.
 */
function mayOpen({ creator, request }: Pick<RouteContext, 'creator' | 'request'>, challenge: Challenge): boolean {
  if (creator.denied.hasToken(challenge.tokenId)) return false
  if (readWaiting(request).includes(challenge.resourceId)) return true
  const resource = creator.resources.find(({ id }) => id === challenge.resourceId)
  const offer = resource?.offers.find(({ id }) => id === challenge.offerId)
  return offer !== undefined && lastsForGood(offer)
}

/** What became of the invoices for one offer: a paid one before one that can still be paid, before one that ran out. */
export function mostAdvanced(own: readonly OwnChallenge[], resourceId: string, offerId?: string): OwnChallenge | null {
  const fitting = own.filter(
    ({ challenge }) => challenge.resourceId === resourceId && (offerId === undefined || challenge.offerId === offerId),
  )
  for (const state of ['settled', 'open', 'expired'] as const) {
    const found = fitting.find((candidate) => candidate.state === state)
    if (found !== undefined) return found
  }
  return null
}

/** Whether whoever asks again is shown this one and no new invoice. */
export function isShownAgain({ challenge, state }: OwnChallenge, now: Date): boolean {
  return state === 'settled' || isReusable(challenge, now)
}

/** Ids sort by time. */
export function listClaimCookies(request: RouteContext['request']): { id: string; secret: Uint8Array }[] {
  const prefix = claimCookieName(request.secure, '')
  return [...readCookies(request)]
    .flatMap(([name, value]) => {
      const secret = name.startsWith(`${prefix}chl_`) ? readClaimSecret(value) : null
      return secret === null ? [] : [{ id: name.slice(prefix.length), secret }]
    })
    .sort((a, b) => (a.id < b.id ? 1 : -1))
    .slice(0, MOST)
}
