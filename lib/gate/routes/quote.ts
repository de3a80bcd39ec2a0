/** `POST /_l402/quote`: what a service costs now, and on request the challenge at just that price (protocol.md §11). */

import { z } from 'zod'
import { challengeBody, describeQuote } from '#lib/gate/answers/challenge.ts'
import { describePricing, describeTerms, invoicedMsat } from '#lib/gate/answers/describe-sold.ts'
import { describeLimit, takeLookup } from '#lib/gate/answers/limits.ts'
import { askFor, canDeliver, issue, refuseDamaged, tell } from '#lib/gate/answers/shortfall.ts'
import { listSold, type Sold, soldAt } from '#lib/gate/kinds/kind.ts'
import { noteOutcome } from '#lib/gate/note-outcome.ts'
import { bindOffer, quoteAt } from '#lib/gate/price-offer.ts'
import type { GateAnswer } from '#lib/gate/request.ts'
import { beginTurn, type Turn } from '#lib/gate/turn.ts'
import { findOffer, type Offer } from '#lib/paywall/offers/offer.ts'
import type { CatalogResource } from '#lib/paywall/resources/snapshot.ts'
import { readJson } from './input.ts'
import { answerInvalid, answerJson, type RouteContext } from './route.ts'
import { findShortfall } from './still-to-buy.ts'

const QUESTION = z.strictObject({
  service: z.string().max(40),
  offer: z.string().max(40).optional(),
  tier: z.int().min(0).max(255).optional(),
  capabilities: z.array(z.string().max(32)).max(32).optional(),
  constraints: z
    .strictObject({
      method: z
        .string()
        .regex(/^[A-Z]{1,16}$/)
        .optional(),
      path: z.string().startsWith('/').max(8_192).optional(),
    })
    .optional(),
  budget_msat: z.int().min(0).optional(),
  mint: z.boolean().optional(),
})

type Question = z.infer<typeof QUESTION>

/** What was asked about, found among what is on sale. */
interface Found {
  readonly turn: Turn
  readonly sold: Sold
  readonly offer: Offer
}

/**
 * 200 with the price; with `mint` 201 and the JSON of §1.3 at that price, or 200 with `state: "settled"` where the credential
 * of this request opens it already. Above `budget_msat` nothing is minted and `within_budget` is false.
 */
export async function quote(context: RouteContext): Promise<GateAnswer> {
  const { deps, creator, request } = context
  const input = await readJson(request)
  if (input.kind === 'refused') return deps.errors.refuse(request, { code: input.code, creator })
  const read = QUESTION.safeParse(input.value)
  if (!read.success)
    return answerInvalid(context, memberOf(read.error), read.error.issues[0]?.message ?? 'not understood')
  const resource = creator.services.get(read.data.service)
  const sold =
    resource && listSold(deps.kinds.of(resource), resource).find(({ service }) => service === read.data.service)
  if (resource === undefined || sold === undefined)
    return deps.errors.refuse(request, { code: 'paywall.resource_unknown', creator })
  if (resource.paused) return deps.errors.refuse(request, { code: 'paywall.resource_paused', creator })
  const limited = takeQuote(context, resource, sold)
  if (limited !== null) return deps.errors.refuse(request, describeLimit(limited, creator))
  const found = find(context, { resource, sold, question: read.data })
  if ('answer' in found) return found.answer
  const offer = (await quoteAt(deps, found.turn, found.offer)?.()) ?? found.offer
  const { budget_msat: budgetMsat, mint } = read.data
  const isAffordable = budgetMsat === undefined || invoicedMsat(offer) <= budgetMsat
  if (mint === true && isAffordable) return mintQuoted(context, { ...found, offer })
  return answerJson(200, {
    ...describe(resource, { ...found, offer }),
    ...(budgetMsat !== undefined && { within_budget: isAffordable }),
  })
}

function memberOf({ issues }: z.ZodError): string {
  return issues[0]?.path.join('.') || 'body'
}

/** A question that its seller's server has to answer costs as much as a challenge would; any other is a look-up. */
function takeQuote({ deps, creator, request }: RouteContext, resource: CatalogResource, { pricing }: Sold) {
  if (!pricing?.endpoint) return takeLookup(deps, request)
  const asker = { address: request.address, creatorId: creator.creatorId, resourceId: resource.id }
  const taken = deps.budget.take(asker)
  if (taken.kind === 'taken') return null
  const { scope: detail, retryAfterSeconds } = taken
  return { code: 'limit.challenge_budget', detail, retryAfterSeconds } as const
}

function find(
  context: RouteContext,
  { resource, sold, question }: { resource: CatalogResource; sold: Sold; question: Question },
): Found | { readonly answer: GateAnswer | Promise<GateAnswer> } {
  const { deps, creator, request } = context
  const { tier = 0, capabilities = [], constraints = {} } = question
  const invalid = (member: string, expected: string) => ({ answer: answerInvalid(context, member, expected) })
  const offer = findOffer(sold.offers, question.offer ?? null)
  if (offer === null) return invalid('offer', 'no such offer of this service')
  if (tier > offer.tier) return invalid('tier', `at most ${offer.tier} is sold of this service`)
  const strange = capabilities.find((name) => offer.capabilities !== null && !offer.capabilities.includes(name))
  if (strange !== undefined) return invalid('capabilities', 'not all of these are sold of this service')
  const { method = sold.method } = constraints
  const [path = '', query = ''] = (constraints.path ?? sold.path).split(/\?(.*)/s)
  if (sold.pricing?.endpoint?.per === 'request' && path.includes('*'))
    return invalid('constraints.path', 'each request has a price of its own: say its path and query')
  const place = deps.kinds.of(resource).match(resource, path.split('/').slice(2))
  const elsewhere = () => invalid('constraints.path', 'this service is not sold there')
  if (place === null || creator.bySlug.get(path.split('/')[1] ?? '') !== resource) return elsewhere()
  const turn = beginTurn(deps, { request, creator, resource, place, method, path, query })
  if ('methods' in turn)
    return turn.instead ? { answer: deps.errors.refuse(request, { ...turn.instead, creator }) } : elsewhere()
  if (turn.ask.free || soldAt(deps.kinds, turn.asked, turn.ask).service !== sold.service) return elsewhere()
  const here = { ...sold, method, path }
  return { turn, sold: here, offer: bindOffer(deps, turn, offer) }
}

function describe({ title }: CatalogResource, { turn, sold, offer }: Found): object {
  const { method, path, query } = turn.asked
  return {
    ...{ service: sold.service, title, method, path: query ? `${path}?${query}` : path },
    ...{ tier: offer.tier, capabilities: offer.capabilities ?? [], currency: 'msat' },
    ...{ price_msat: invoicedMsat(offer), price_sats: invoicedMsat(offer) / 1000 },
    pricing: describePricing(sold),
    offer: describeTerms(offer),
    ...(offer.quoted && { quote: describeQuote(offer.quoted) }),
  }
}

/** At the price that was just quoted. */
async function mintQuoted(context: RouteContext, { turn, sold, offer }: Found): Promise<GateAnswer> {
  const { deps, creator, request } = context
  const { asked, shortfall, blocked } = await findShortfall(deps, turn)
  if (blocked !== null) return noteOutcome(deps, asked, deps.errors.refuse(request, { ...blocked, creator }))
  const { resource } = asked
  const held = { state: 'settled', resource: { id: resource.id, url: `/${resource.slug}` } }
  if (shortfall === null) return answerJson(200, held)
  if (!(await canDeliver(deps, asked))) return refuseDamaged(deps, asked)
  const wanted = { ...askFor(deps, asked, { offer, shortfall }), quote: async () => offer, channel: 'http' } as const
  const answer = await issue(deps, asked, wanted)
  if (answer.kind === 'limited') return deps.errors.refuse(request, describeLimit(answer, creator))
  if (answer.kind === 'settled') return answerJson(200, { ...held, challenge: answer.challengeId })
  deps.usage.count({ creatorId: creator.creatorId, resourceId: resource.id, kind: 'challenge' })
  return answerJson(
    201,
    challengeBody(tell(deps, asked, { sold, offer, refusal: shortfall.refusal }), answer.challenge),
  )
}
