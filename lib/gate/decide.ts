/** The one decision about a request: free, preview, challenge, admit or refuse; memory and arithmetic only, and nothing a client sends makes it throw. */
import { encodeHex } from '#lib/l402/bytes.ts'
import { readCredentials } from '#lib/l402/credential.ts'
import type { Identifier } from '#lib/l402/identifier.ts'
import { decide as consultTable, type Granted, judgeServices, type Situation } from '#lib/l402/policy.ts'
import { furthest, type Refusal, type RefusalCase, refusalOf } from '#lib/l402/refusal.ts'
import type { TokenRequest } from '#lib/l402/satisfier.ts'
import { startWork, type VerifiedToken } from '#lib/l402/token.ts'
import { markOf } from '#lib/paywall/blocks/block.ts'
import { isPageLoad } from './answers/media.ts'
import { type Admission, type Recall, soleCredential } from './credentials/recall.ts'
import { salvagePaymentHash } from './credentials/salvage-hash.ts'
import type { TokenLimits } from './credentials/token-limits.ts'
import { type VerifyDeps, verifyCredential } from './credentials/verify.ts'
import type { Ask, Asked } from './kinds/kind.ts'
import type { TokenPace } from './limits/token-pace.ts'
import { digestOf } from './price-offer.ts'
import { findHeader } from './request.ts'

export interface DecideDeps extends VerifyDeps {
  readonly recall: Recall
  readonly limits: TokenLimits
  /** How often one token is let in. */
  readonly tokenPace: TokenPace
  readonly clock: { now(): Date }
}

export type Decision = { readonly kind: 'free' } | Admission | Shortfall

/** Nothing presented was sufficient, so somebody is told what to do. */
export type Shortfall =
  | ({ readonly kind: 'preview' | 'challenge' } & Told & Lack)
  | ({ readonly kind: 'refuse'; readonly refused: Refused } & Told & Lack)

/** What is said, with the seconds to wait where waiting helps. */
export interface Refused {
  readonly code: Refusal['reason'] | 'paywall.resource_paused' | 'paywall.blocked'
  readonly detail?: string
  /** In place of the code's own sentence. */
  readonly message?: string
  readonly retryAfterSeconds?: number
}

/** How a shortfall is told. */
interface Told {
  /** Whether a challenge brings an invoice: a new one, the one that an unpaid token has, or none. */
  readonly invoice: 'fresh' | 'same' | 'none'
  /** The payment is in our books, and nothing here proves by whom it was made. */
  readonly isSettled: boolean
  /** A browser's 402 has the page of this place. */
  readonly hasPage: boolean
}

/** What was presented, and how far it came. */
export interface Lack {
  /** Of the credential that got furthest. */
  readonly refusal: Refusal
  /** Everything that verified, for a token that opens more than what is bought now (protocol.md §8.2). */
  readonly verified: readonly VerifiedToken[]
  /** An authentic token that lacks nothing but its preimage (§2.5). */
  readonly pending: VerifiedToken | null
  /** Payment hash that a mangled credential names, for the loop guard (§1.6). */
  readonly replaces: Uint8Array | null
  /** A token names a key that this snapshot's ring does not hold: the key may be younger than the snapshot. */
  readonly isKeyUnknown: boolean
}

/** What only the database knows, as far as it was asked; a decision that it could change is made again with it. */
export interface Known {
  /** What our books say of the pending token (payment-record.ts); `null`: not asked. */
  readonly record: 'open' | 'settled' | 'proven' | null
  /**
   * Counters that had run out when a use was to be taken, by `nameUse`. A token is another object in every decision, so by
   * the object an uncached one would be admitted again and again.
   */
  readonly spent: ReadonlyMap<string, RefusalCase>
  /** The keys of the creator were just read. */
  readonly isRingYoung: boolean
  /** Tokens whose payment has not arrived, by id in hex: where that is asked for, their proof lets nobody in. */
  readonly unsettled: ReadonlySet<string>
  /** As many answers of this token are under way as its resource allows. */
  readonly isCrowded: boolean
}

export const NOTHING_KNOWN: Known = {
  record: null,
  spent: new Map(),
  isRingYoung: false,
  unsettled: new Set(),
  isCrowded: false,
}

/** What a token takes from when it is let in: its own counters, with the limits that this copy of it has. */
export function nameUse({ identifier }: VerifiedToken, { service, limits }: Granted): string {
  return [encodeHex(identifier.tokenId), service, ...limits.map(({ kind, limit }) => `${kind}=${limit}`)].join(' ')
}

/** Decides. The first credential that grants wins; else the refusal that got furthest is told. Source: protocol.md §2.1, §6.1, §9. */
export function decide(deps: DecideDeps, asked: Asked, ask: Ask, known: Known = NOTHING_KNOWN): Decision {
  const { request, creator } = asked
  if (creator.blocked.hasNetworks && creator.blocked.holdsAddress(request.address)) return keepOut(ask, 'network')
  if (ask.free) return FREE
  const shown = soleCredential(request)
  const recalled = shown === null || known !== NOTHING_KNOWN ? null : deps.recall.find(shown, creator, ask)
  if (recalled !== null) return atItsPace(deps, asked, ask, recalled)
  const decision = decideAnew(deps, asked, ask, known)
  if (decision.kind !== 'admit') return decision
  if (shown !== null) deps.recall.note(shown, { creator, ask }, decision)
  if (known.isCrowded) return slowDown(ask, decision, { detail: 'at_once', retryAfterSeconds: 1 })
  return atItsPace(deps, asked, ask, decision)
}

const BLOCKED_TOKEN = 'The author has blocked this token; paying again with it does not help. Nothing was charged.'

/** Whoever is blocked gets a sentence and no invoice: no payment would change it. */
function keepOut(ask: Ask, detail: 'network' | 'token'): Decision {
  const refused = { code: 'paywall.blocked', detail, ...(detail === 'token' && { message: BLOCKED_TOKEN }) } as const
  return { kind: 'refuse', refused, invoice: 'none', isSettled: false, hasPage: ask.hasPage, ...lackOf([]) }
}

/** Of who lacks nothing that could be paid for. */
function lackOf(verified: readonly VerifiedToken[]): Lack {
  return { refusal: refusalOf('none'), verified, pending: null, replaces: null, isKeyUnknown: false }
}

/** The last limits before a token is let in, recalled or judged: no faster than anybody reads, nor than its resource allows. */
function atItsPace(deps: DecideDeps, { resource }: Asked, ask: Ask, admission: Admission): Decision {
  const { token } = admission
  const waitSeconds = deps.tokenPace.take(token, performance.now())
  if (waitSeconds > 0) return slowDown(ask, admission, { detail: 'token', retryAfterSeconds: waitSeconds })
  const { tokenRate: rate } = resource.access
  if (rate === null) return admission
  const { tokenId } = token.identifier
  // No service has this name, so what its own conditions count is apart.
  const service = `${resource.id}/access`
  const limit = deps.limits.take({ tokenId, service, address: null, networks: null, rate, now: deps.clock.now() })
  if (limit.kind === 'within') return admission
  return slowDown(ask, admission, { detail: 'resource', retryAfterSeconds: limit.retryAfterSeconds })
}

/** 429: the token is good, and no payment would make it faster. */
function slowDown(
  ask: Ask,
  { token }: Admission,
  why: { readonly detail: 'token' | 'resource' | 'at_once'; readonly retryAfterSeconds: number },
): Extract<Shortfall, { kind: 'refuse' }> {
  const refused = { code: 'limit.rate', ...why } as const
  return { kind: 'refuse', refused, invoice: 'none', isSettled: false, hasPage: ask.hasPage, ...lackOf([token]) }
}

/** Reads and judges everything that the request shows. */
function decideAnew(deps: DecideDeps, asked: Asked, ask: Ask, known: Known): Decision {
  const { request, creator } = asked
  const seen: Seen = {
    best: null,
    verified: [],
    pending: null,
    replaces: null,
    isKeyUnknown: false,
    limited: null,
    isBlocked: false,
    spent: new Set(),
  }
  const shown = tokenRequest(deps, asked, ask)
  const work = startWork()
  for (const candidate of readCredentials(request.headers, { secureCookies: request.secure, method: request.method })) {
    if (candidate.kind === 'refused') {
      noteRefusal(seen, candidate.refusal, null)
      continue
    }
    const verdict = verifyCredential(deps, creator, candidate, work)
    if (verdict.kind === 'verified') {
      const granted = judgeToken(deps, { asked, ask, shown, known }, verdict.token, seen)
      if (granted !== null) return { kind: 'admit', token: verdict.token, granted }
      continue
    }
    seen.pending ??= verdict.pending
    noteRefusal(seen, verdict.refusal, verdict.identifier)
  }
  if (seen.isBlocked) return keepOut(ask, 'token')
  const { pending } = seen
  if (pending !== null && known.record === 'proven') {
    const granted = judgeToken(deps, { asked, ask, shown, known }, pending, seen)
    if (granted !== null) return { kind: 'admit', token: pending, granted }
  }
  return tellShortfall(asked, ask, seen, known)
}

const FREE: Decision = { kind: 'free' }

interface Limited {
  readonly detail: 'networks' | 'rate'
  readonly retryAfterSeconds: number
}

interface Seen {
  best: Refusal | null
  readonly verified: VerifiedToken[]
  pending: VerifiedToken | null
  replaces: Uint8Array | null
  isKeyUnknown: boolean
  limited: Limited | null
  /** A token was shown that its creator blocks. */
  isBlocked: boolean
  readonly spent: Set<VerifiedToken>
}

interface Judged {
  readonly asked: Asked
  readonly ask: Ask
  readonly shown: TokenRequest
  readonly known: Known
}

/** Steps 7 and 8: whether this token opens this place for this request now; every admission passes here. */
function judgeToken(
  deps: DecideDeps,
  { asked, ask, shown, known }: Judged,
  token: VerifiedToken,
  seen: Seen,
): Granted | null {
  const { tokenId } = token.identifier
  const { denied, blocked } = asked.creator
  // Before it counts as verified: else buying something more with it would carry its services into a token that is not blocked.
  if (blocked.hasTokens && blocked.holdsToken(markOf(deps.l402.sha256, tokenId))) {
    seen.isBlocked = true
    return null
  }
  seen.verified.push(token)
  const granted = judgeServices(token, shown, {
    services: ask.services,
    isDenied: (service) => denied.hasService(tokenId, service),
  })
  if (granted.kind === 'refused') {
    seen.best = furthest(seen.best, granted.refusal)
    return null
  }
  const spent = known.spent.get(nameUse(token, granted))
  if (spent !== undefined) {
    seen.spent.add(token)
    seen.best = furthest(seen.best, refusalOf(spent))
    return null
  }
  if (known.unsettled.has(encodeHex(tokenId))) {
    // As one that waits for its payment: its invoice is sent again while it is open, and never a second one for what was paid.
    seen.pending ??= token
    seen.best = furthest(seen.best, refusalOf('unsettled'))
    return null
  }
  const { service, networks, rate } = granted
  const limit = deps.limits.take({ tokenId, service, address: shown.address, networks, rate, now: shown.now })
  if (limit.kind === 'within') return granted
  seen.limited ??= limit
  return null
}

/** Refusals that a header-mangling proxy or a faulty client causes although it paid. Source: protocol.md §1.6. */
const MANGLED: ReadonlySet<string> = new Set(['l402.malformed', 'l402.signature_invalid', 'l402.preimage_mismatch'])

function noteRefusal(seen: Seen, refusal: Refusal, identifier: Identifier | null): void {
  seen.best = furthest(seen.best, refusal)
  if (refusal.detail === 'key') seen.isKeyUnknown = true
  if (identifier !== null && MANGLED.has(refusal.reason)) seen.replaces ??= identifier.paymentHash
}

/** What is told where nobody is let in: by the table of lib/l402/policy.ts, from what was seen and what is known. */
function tellShortfall(asked: Asked, ask: Ask, seen: Seen, known: Known): Shortfall {
  const { request } = asked
  const { verified, pending, isKeyUnknown, limited } = seen
  const refusal = seen.best ?? refusalOf('none')
  const lack: Lack = {
    refusal,
    verified,
    // Bought and proven: whatever keeps it out, it is no open request for payment any more.
    pending: known.record === 'proven' ? null : pending,
    replaces: seen.replaces ?? (refusal.reason === 'l402.malformed' ? salvagePaymentHash(request.headers) : null),
    isKeyUnknown,
  }
  const untold = { invoice: 'none', isSettled: false, hasPage: ask.hasPage, ...lack } as const
  if (limited !== null) {
    const refused = { code: `limit.${limited.detail}`, ...limited } as const
    return { ...untold, kind: 'refuse', refused, isKeyUnknown: false }
  }
  const decision = consultTable(situationOf(asked, ask, refusal))
  switch (decision.kind) {
    case 'challenge': {
      const isSettled = isPaid(seen, known)
      const invoice = isSettled || decision.invoice === 'none' ? 'none' : lack.pending === null ? 'fresh' : 'same'
      return { ...untold, kind: 'challenge', invoice, isSettled }
    }
    case 'refuse':
      return { ...untold, kind: 'refuse', refused: { code: decision.code } }
    default:
      return { ...untold, kind: 'preview' }
  }
}

/** Paid by somebody and not opened here: a second invoice would be a second payment. A token that is used up is bought anew. */
function isPaid({ pending, spent }: Seen, { record }: Known): boolean {
  if (record === 'settled') return true
  return record === 'proven' && pending !== null && !spent.has(pending)
}

function situationOf({ request, resource }: Asked, ask: Ask, refusal: Refusal): Situation {
  return {
    free: ask.free,
    paused: resource.paused,
    pageLoad: (request.method === 'GET' || request.method === 'HEAD') && isPageLoad(request),
    hasPreview: ask.hasPreview && !resource.access.browsersPay,
    method: request.method,
    demandsDischarge: (ask.sold ?? resource).offers[0].requires.length > 0,
    outcome: { kind: 'refused', refusal },
  }
}

/** What a request shows to the conditions of a token. */
function tokenRequest(deps: DecideDeps, asked: Asked, { method, tier, capability }: Ask): TokenRequest {
  const { address } = asked.request
  return {
    now: deps.clock.now(),
    method,
    path: asked.path,
    tier,
    capability,
    address,
    origin: findHeader(asked.request, 'origin'),
    digest: () => digestOf(deps, asked),
  }
}
