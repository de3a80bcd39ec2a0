/** The tokens that a request shows, whatever it asks for: proven ones and those that lack their preimage. */
import type { GateRequest } from '#lib/gate/request.ts'
import { readCredentials } from '#lib/l402/credential.ts'
import { startWork, type VerifiedToken } from '#lib/l402/token.ts'
import type { CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import { type VerifyDeps, verifyCredential } from './verify.ts'

export interface PresentedToken {
  readonly token: VerifiedToken
  /** `false`: authentic, but without its preimage; proof of having asked, never of having paid. */
  readonly isProven: boolean
}

export function presentedTokens(
  deps: VerifyDeps,
  { creator, request }: { creator: CreatorSnapshot; request: GateRequest },
): PresentedToken[] {
  const work = startWork()
  const reading = readCredentials(request.headers, { secureCookies: request.secure, method: request.method })
  return reading.flatMap((candidate): PresentedToken[] => {
    if (candidate.kind === 'refused') return []
    const verdict = verifyCredential(deps, creator, candidate, work)
    if (verdict.kind === 'verified') return [{ token: verdict.token, isProven: true }]
    return verdict.pending === null ? [] : [{ token: verdict.pending, isProven: false }]
  })
}
