/** Nobody is let in, so a way to buy is found: an invoice for whoever asks, or the reason why there is none. */
import { statedClaimSecret } from '#lib/gate/credentials/payment-record.ts'
import type { Shortfall } from '#lib/gate/decide.ts'
import type { GateDeps } from '#lib/gate/deps.ts'
import { type Asked, type Sold, soldAt } from '#lib/gate/kinds/kind.ts'
import { bindOffer, countDemand, quoteAt } from '#lib/gate/price-offer.ts'
import type { GateAnswer } from '#lib/gate/request.ts'
import type { Turn } from '#lib/gate/turn.ts'
import { type IssueAnswer, type IssueInput, issueChallenge } from '#lib/paywall/challenges/issue-challenge.ts'
import { findOffer, type Offer } from '#lib/paywall/offers/offer.ts'
import { answerChallenge, answerUnpaid, type Told } from './challenge.ts'
import { grpcFormOf } from './grpc.ts'
import { describeLimit, takeLookup } from './limits.ts'
import { isRobot, wantsPage } from './media.ts'

/** 402 with or without an invoice, as decided. Throws `Fault` when node or database do not answer. */
export async function answerShortfall(deps: GateDeps, turn: Turn, shortfall: Shortfall): Promise<GateAnswer> {
  const { asked } = turn
  const sold = soldAt(deps.kinds, asked, turn.ask)
  const offer = bindOffer(deps, turn, offerOf(asked.request, sold))
  const told = tell(deps, asked, { sold, offer, refusal: shortfall.refusal })
  // A robot that reads for people never pays, so its invoice would be one more for the node to keep.
  const isUnasked = shortfall.invoice === 'none' || isRobot(asked.request)
  if (isUnasked) return answerUnpaid(told, shortfall.isSettled ? 'settled' : null)
  if (!(await canDeliver(deps, asked))) return refuseDamaged(deps, asked)
  countDemand(deps, turn)
  const answer = await issue(deps, asked, {
    ...askFor(deps, asked, { offer, shortfall }),
    ...{ channel: 'http', quote: quoteAt(deps, turn, offer), lines: grpcFormOf(asked.request) === null ? 1 : 2 },
  })
  if (answer.kind === 'limited') return deps.errors.refuse(asked.request, describeLimit(answer, asked.creator))
  if (answer.kind === 'settled') return answerUnpaid(told, 'settled')
  deps.usage.count({ creatorId: asked.creator.creatorId, resourceId: asked.resource.id, kind: 'challenge' })
  const kind = deps.kinds.of(asked.resource)
  const page = shortfall.hasPage && wantsPage(asked.request) ? await kind.preview(asked) : null
  return answerChallenge(told, answer.challenge, page)
}

/** Content that is missing or damaged is not sold: nobody pays for what cannot be sent. */
export async function canDeliver(deps: GateDeps, { resource }: Pick<Asked, 'resource'>): Promise<boolean> {
  return (await deps.kinds.of(resource).isWhole?.(resource)) ?? true
}

export function refuseDamaged(deps: GateDeps, { request, creator, resource }: Asked): GateAnswer {
  const { noun } = deps.kinds.of(resource).describe(resource)
  const message = `This ${noun} cannot be delivered at the moment, so it is not sold. Nothing was charged.`
  return deps.errors.refuse(request, { code: 'database.unavailable', message, creator })
}

/** The offer that a program names in the query (protocol.md §1.3), else the first. */
function offerOf(request: Asked['request'], { offers }: Sold): Offer {
  const wanted = request.query.includes('l402_offer') ? new URLSearchParams(request.query).get('l402_offer') : null
  return findOffer(offers, wanted) ?? offers[0]
}

export function tell(deps: GateDeps, asked: Asked, what: Pick<Told, 'sold' | 'offer' | 'refusal'>): Told {
  const { request, resource } = asked
  const rates = deps.rates.present()
  return { request, resource, rates, description: deps.kinds.of(resource).describe(resource), ...what }
}

/** A challenge whose key this gateway knows: the first one of a creator makes the key, and the catalog hears of it here. */
export async function issue(deps: GateDeps, asked: Asked, input: IssueInput): Promise<IssueAnswer> {
  const limited = input.held === null ? null : takeLookup(deps, asked.request)
  if (limited !== null) return limited
  const answer = await timed(deps, () => issueChallenge(deps, input))
  if (asked.creator.ring.active === null) await deps.catalog.refresh(asked.request.host)
  return answer
}

async function timed({ figures, observe }: GateDeps, work: () => Promise<IssueAnswer>): Promise<IssueAnswer> {
  const startedAt = performance.now()
  let result: Parameters<typeof figures.challenge>[0] = 'failed'
  try {
    const answer = await observe('challenge', work)
    result = answer.kind
    return answer
  } finally {
    figures.challenge(result, (performance.now() - startedAt) / 1000)
  }
}

/** What was bought has come to its end: its claim secret is no reason to sell nothing more. */
const OVER: ReadonlySet<string> = new Set(['l402.exhausted', 'l402.expired'])

/** What `issueChallenge` is told of a request; a claim secret is proof of the open challenge that it belongs to (§1.6). */
export function askFor(
  deps: GateDeps,
  { request, creator, resource }: Asked,
  { offer, shortfall }: { offer: Offer; shortfall: Pick<Shortfall, 'pending' | 'verified' | 'replaces' | 'refusal'> },
) {
  const secret = statedClaimSecret(request)
  const claimHash = secret === null ? null : deps.l402.sha256(secret)
  const { pending, verified, replaces, refusal } = shortfall
  const isProof = claimHash !== null && !OVER.has(refusal.reason)
  return {
    creator,
    resource,
    offer,
    claimHash,
    held: pending !== null ? { tokenId: pending.identifier.tokenId } : isProof ? { claimHash } : null,
    carried: verified,
    replaces,
    client: { address: request.address },
  }
}
