/** Request and snapshot in, judgement out: memory and arithmetic only, and nothing a client sends makes it throw. */

import type { CredentialReading } from '#lib/l402/credential.ts'
import type { Identifier } from '#lib/l402/identifier.ts'
import { type Granted, judgeServices } from '#lib/l402/policy.ts'
import { furthest, type Refusal, refusalOf } from '#lib/l402/refusal.ts'
import type { TokenRequest } from '#lib/l402/satisfier.ts'
import { startWork, type VerifiedToken } from '#lib/l402/token.ts'
import type { CatalogResource, CreatorSnapshot } from '#lib/paywall/resources/catalog.ts'
import type { HeaderField } from './request.ts'
import { salvagePaymentHash } from './salvage-hash.ts'
import type { TokenLimits } from './token-limits.ts'
import { type VerifyDeps, verifyCredential } from './verify-credential.ts'

export interface JudgeDeps extends VerifyDeps {
  readonly limits: TokenLimits
}

export interface JudgedRequest {
  readonly creator: CreatorSnapshot
  readonly resource: CatalogResource
  readonly request: TokenRequest
  readonly credentials: CredentialReading
  /** The fields that the credentials were read from. */
  readonly headers: readonly HeaderField[]
}

export type Judgement = Admission | Limited | Shortfall

export interface Admission {
  readonly kind: 'admit'
  readonly token: VerifiedToken
  readonly granted: Granted
}

/** A good credential that asks too often, or from too many networks: 429, and never an invoice. */
export interface Limited {
  readonly kind: 'limited'
  readonly detail: 'networks' | 'rate'
  readonly retryAfterSeconds: number
}

/** Nothing presented was sufficient. */
export interface Shortfall {
  readonly kind: 'short'
  /** Of the credential that got furthest. */
  readonly refusal: Refusal
  /** Everything that verified, for a token that opens more than what is bought now (protocol.md §8.2). */
  readonly verified: readonly VerifiedToken[]
  /** An authentic token that lacks nothing but its preimage (§2.5). */
  readonly pending: VerifiedToken | null
  /** Payment hash that a mangled credential names, for the loop guard (§1.6). */
  readonly replaces: Uint8Array | null
  /** Some token names a key that this snapshot's ring does not hold: the key may be younger than the snapshot. */
  readonly isKeyUnknown: boolean
}

/** The first credential that grants wins; otherwise the refusal that got furthest is told. Source: protocol.md §2.1, §6.1. */
export function judge(deps: JudgeDeps, judged: JudgedRequest): Judgement {
  const seen: Seen = { best: null, verified: [], pending: null, replaces: null, isKeyUnknown: false }
  let limited: Limited | null = null
  const work = startWork()
  for (const candidate of judged.credentials) {
    if (candidate.kind === 'refused') {
      noteRefusal(seen, candidate.refusal, null)
      continue
    }
    const verdict = verifyCredential(deps, judged.creator, candidate, work)
    if (verdict.kind === 'refused') {
      seen.pending ??= verdict.pending
      noteRefusal(seen, verdict.refusal, verdict.identifier)
      continue
    }
    seen.verified.push(verdict.token)
    const outcome = judgeToken(deps, judged, verdict.token)
    if (outcome.kind === 'granted') return { kind: 'admit', token: verdict.token, granted: outcome }
    if (outcome.kind === 'limited') limited ??= outcome
    else noteRefusal(seen, outcome.refusal, null)
  }
  if (limited !== null) return limited
  const refusal = seen.best ?? refusalOf('none')
  const replaces = seen.replaces ?? (refusal.reason === 'l402.malformed' ? salvagePaymentHash(judged.headers) : null)
  return { kind: 'short', ...seen, refusal, replaces }
}

interface Seen {
  best: Refusal | null
  readonly verified: VerifiedToken[]
  pending: VerifiedToken | null
  replaces: Uint8Array | null
  isKeyUnknown: boolean
}

/** Refusals that a header-mangling proxy or a faulty client causes although it paid. Source: protocol.md §1.6. */
const MANGLED: ReadonlySet<string> = new Set(['l402.malformed', 'l402.signature_invalid', 'l402.preimage_mismatch'])

function noteRefusal(seen: Seen, refusal: Refusal, identifier: Identifier | null): void {
  seen.best = furthest(seen.best, refusal)
  if (refusal.detail === 'key') seen.isKeyUnknown = true
  if (identifier !== null && MANGLED.has(refusal.reason)) seen.replaces ??= identifier.paymentHash
}

type TokenOutcome = ReturnType<typeof judgeServices> | Limited

/** Steps 7 and 8: does this token open this resource for this request, now. */
function judgeToken(deps: JudgeDeps, judged: JudgedRequest, token: VerifiedToken): TokenOutcome {
  const { tokenId } = token.identifier
  const granted = judgeServices(token, judged.request, {
    services: [judged.resource.service],
    isDenied: (service) => judged.creator.denied.hasService(tokenId, service),
  })
  if (granted.kind === 'refused') return granted
  const { service, networks, rate } = granted
  const { address, now } = judged.request
  const answer = deps.limits.take({ tokenId, service, address, networks, rate, now })
  return answer.kind === 'within' ? granted : answer
}
