/** `POST /_l402/challenge`: the invoice that a page asks for when a button is pressed (protocol.md §10.1). */
import { randomBytes } from '#lib/crypto.ts'
import { challengeBody } from '#lib/gate/answers/challenge.ts'
import { describeGone, findGone } from '#lib/gate/answers/gone.ts'
import { describeLimit, takeLookup } from '#lib/gate/answers/limits.ts'
import { askFor, canDeliver, issue, refuseDamaged, tell } from '#lib/gate/answers/shortfall.ts'
import { readClaimSecret } from '#lib/gate/credentials/payment-record.ts'
import { claimCookieField } from '#lib/gate/credentials/receipt-cookie.ts'
import { waitingCookie } from '#lib/gate/credentials/waiting-cookie.ts'
import type { Shortfall } from '#lib/gate/decide.ts'
import { type Asked, listSold, type Sold, soldAt } from '#lib/gate/kinds/kind.ts'
import { noteOutcome } from '#lib/gate/note-outcome.ts'
import { bindOffer, quoteAt } from '#lib/gate/price-offer.ts'
import type { GateAnswer } from '#lib/gate/request.ts'
import { beginTurn, type Turn } from '#lib/gate/turn.ts'
import { encodeBase64Url } from '#lib/l402/bytes.ts'
import type { IssueInput } from '#lib/paywall/challenges/issue-challenge.ts'
import { findOffer, type Offer } from '#lib/paywall/offers/offer.ts'
import type { CatalogResource, CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import { type RouteInput, readInput } from './input.ts'
import { findOwnChallenges, isShownAgain, listClaimCookies, mostAdvanced } from './own-challenges.ts'
import { answerInvalid, answerJson, type RouteContext, seeOther } from './route.ts'
import { findShortfall } from './still-to-buy.ts'

/**
 * 201 with the JSON of §1.3 and no `WWW-Authenticate`; 200 with `state: "settled"` when a credential of the request
 * opens the resource already, or its claim secret is that of a paid challenge, since nobody pays twice. A form is led to
 * the checkout page, or to the resource itself.
 */
export async function askChallenge(context: RouteContext): Promise<GateAnswer> {
  const { deps, creator, request } = context
  const input = await readInput(request)
  if (input.kind === 'refused') return deps.errors.refuse(request, { code: input.code, creator })
  const name = input.fields.get('resource') ?? ''
  const resource = findResource(creator, name)
  if (resource === null) return refuseMissing(context, name)
  if (resource.paused) return deps.errors.refuse(request, { code: 'paywall.resource_paused', creator })
  const offerName = input.fields.get('offer') ?? null
  if (findOffer(resource.offers, offerName) === null) {
    const names = resource.offers.map(({ kind }) => `"${kind}"`).join(', ')
    return answerInvalid(context, 'offer', `there is only ${names}`)
  }
  const secret = findSecret(input)
  if (secret.kind === 'invalid') return answerInvalid(context, 'claim_hash', '43 characters of base64url')
  const begun = beginByName(context, resource, { name, offerName })
  if (begun === null) return deps.errors.refuse(request, { code: 'paywall.resource_unknown', creator })
  const { turn, sold } = begun
  const offer = bindOffer(deps, turn, begun.offer)
  const shown = input.form ? await showAgain(context, { resource, offer }) : null
  if (shown !== null) return shown
  const { asked, shortfall, blocked } = await findShortfall(deps, turn)
  if (blocked !== null) return noteOutcome(deps, asked, deps.errors.refuse(request, { ...blocked, creator }))
  const quote = quoteAt(deps, turn, offer)
  if (shortfall !== null) return answerIssued(context, { asked, sold, offer, quote, secret, shortfall })
  return input.form ? seeOther(`/${resource.slug}`) : answerHeld(asked)
}

/** A reader without JavaScript who asked for this before: paid, it opens; else they get the same invoice. */
async function showAgain(
  context: RouteContext,
  { resource, offer }: { resource: CatalogResource; offer: Offer },
): Promise<GateAnswer | null> {
  if (listClaimCookies(context.request).length === 0) return null
  const limited = takeLookup(context.deps, context.request)
  if (limited !== null) return context.deps.errors.refuse(context.request, describeLimit(limited, context.creator))
  const own = mostAdvanced(await findOwnChallenges(context), resource.id, offer.id)
  if (own === null || !isShownAgain(own, context.deps.clock.now())) return null
  return seeOther(`/_l402/pay/${own.challenge.id}`, waitingCookie(context.request, { added: resource.id }))
}

interface Begun {
  readonly turn: Turn
  readonly sold: Sold
  readonly offer: Offer
}

/**
 * The page asks by name for what it wants, not for the address that it posts to: for the first thing of the resource that
 * is sold by such an offer, and at the path where one was named.
 */
function beginByName(
  { deps, creator, request }: RouteContext,
  resource: CatalogResource,
  { name, offerName }: { name: string; offerName: string | null },
): Begun | null {
  const kind = deps.kinds.of(resource)
  for (const sold of listSold(kind, resource)) {
    const [named = '', query = ''] = name.split(/\?(.*)/s)
    // A pattern is no request, and has no price of its own.
    if (!named.includes('/', 1) && sold.pricing?.endpoint?.per === 'request' && /\*/.test(sold.path)) continue
    const path = named.includes('/', 1) ? named : sold.path
    const place = kind.match(resource, path.split('/').slice(2))
    const offer = findOffer(sold.offers, offerName)
    if (place === null || offer === null) continue
    const turn = beginTurn(deps, { request, creator, resource, place, method: sold.method, path, query })
    if ('methods' in turn || soldAt(deps.kinds, turn.asked, turn.ask).service !== sold.service) continue
    return { turn, sold, offer }
  }
  return null
}

/** `challenge`: the paid one that the claim secret belongs to. */
function answerHeld({ resource }: Asked, challenge?: string): GateAnswer {
  const url = `/${resource.slug}`
  return answerJson(200, { state: 'settled', ...(challenge && { challenge }), resource: { id: resource.id, url } })
}

/** `resource` is an id, a slug, or a path on this host. */
function findResource(creator: CreatorSnapshot, name: string): CatalogResource | null {
  const bySlug = creator.bySlug.get(name.replace(/^\//, '').replace(/[/?].*$/s, ''))
  return bySlug ?? creator.resources.find(({ id }) => id === name) ?? null
}

/** Deleted, perhaps while its page was open somewhere. */
function refuseMissing({ deps, creator, request }: RouteContext, name: string): GateAnswer {
  const gone = creator.gone.get(name.replace(/^\//, '')) ?? findGone(creator, name)
  const answer =
    gone === null
      ? ({ code: 'paywall.resource_unknown', creator } as const)
      : describeGone(deps, { creator, request }, gone)
  return deps.errors.refuse(request, answer)
}

/** `made`: a reader without JavaScript, for whom we make the secret and hand it over as a cookie. */
type Secret =
  | { readonly kind: 'made'; readonly secret: Uint8Array }
  | { readonly kind: 'kept'; readonly claimHash: Uint8Array }
  | { readonly kind: 'none' | 'invalid' }

function findSecret(input: RouteInput): Secret {
  if (input.form) return { kind: 'made', secret: randomBytes(32) }
  const stated = input.fields.get('claim_hash')
  if (stated === undefined) return { kind: 'none' }
  // A hash has the same length and spelling as the secret that it stands for.
  const claimHash = readClaimSecret(stated)
  return claimHash === null ? { kind: 'invalid' } : { kind: 'kept', claimHash }
}

async function answerIssued(
  context: RouteContext,
  ask: { asked: Asked; sold: Sold; offer: Offer; quote: IssueInput['quote']; secret: Secret; shortfall: Shortfall },
): Promise<GateAnswer> {
  const { deps, creator, request } = context
  const { asked, sold, offer, quote, secret, shortfall } = ask
  if (!(await canDeliver(deps, asked))) return refuseDamaged(deps, asked)
  const told = askFor(deps, asked, { offer, shortfall })
  const claimHash = hashOf(context, secret) ?? told.claimHash
  const answer = await issue(deps, asked, { ...told, claimHash, quote, channel: 'browser' })
  if (answer.kind === 'limited')
    return noteOutcome(deps, asked, deps.errors.refuse(request, describeLimit(answer, creator)))
  if (answer.kind === 'settled') return answerHeld(asked, answer.challengeId)
  deps.usage.count({ creatorId: creator.creatorId, resourceId: asked.resource.id, kind: 'unlock' })
  const { challenge } = answer
  if (secret.kind !== 'made') {
    return answerJson(201, challengeBody(tell(deps, asked, { sold, offer, refusal: shortfall.refusal }), challenge))
  }
  const cookie = claimCookieField(request.secure, { challengeId: challenge.id, secret: encodeBase64Url(secret.secret) })
  const waiting = waitingCookie(request, { added: asked.resource.id })
  return seeOther(`/_l402/pay/${challenge.id}`, [cookie, ...waiting])
}

function hashOf({ deps }: RouteContext, secret: Secret): Uint8Array | null {
  if (secret.kind === 'made') return deps.l402.sha256(secret.secret)
  return secret.kind === 'kept' ? secret.claimHash : null
}
