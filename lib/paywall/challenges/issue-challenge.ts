/** A challenge leaves only when its invoice says what was asked and its row is durable; whoever holds an open one gets it again. */
import type { Clock } from '#lib/clock.ts'
import type { Db } from '#lib/db.ts'
import type { Code } from '#lib/errors.ts'
import { assertInvariant } from '#lib/errors.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import { carryServices, extendCaveats, mintedBytes, tokenRoom } from '#lib/l402/extend.ts'
import { isCounted } from '#lib/l402/policy.ts'
import type { PaymentHash } from '#lib/l402/preimage.ts'
import type { TokenContext, VerifiedToken } from '#lib/l402/token.ts'
import type { Backends } from '#lib/lightning/backend.ts'
import type { Msat } from '#lib/money.ts'
import type { KnownCounters } from '#lib/paywall/entitlements/find-counter.ts'
import { findTopUp, type TopUpHeld } from '#lib/paywall/entitlements/find-top-up.ts'
import { ensureActiveKey } from '#lib/paywall/keys/ensure-active-key.ts'
import type { RingCache, RingKey } from '#lib/paywall/keys/ring-cache.ts'
import { boughtServices, boundCondition, endOf, type Offer, type Quoted } from '#lib/paywall/offers/offer.ts'
import type { CatalogResource, CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import {
  CHAIN_LIMIT,
  CHAIN_WINDOW_SECONDS,
  type Challenge,
  type Channel,
  type NewChallenge,
  type Parent,
} from './challenge.ts'
import { composeChallengeId, deriveTokenId } from './challenge-id.ts'
import { findHeldChallenge, type Held } from './challenge-store.ts'
import type { ChallengeWriter } from './challenge-writer.ts'
import { commitCumulative } from './commit-cumulative.ts'
import { measureChain } from './measure-chain.ts'
import { mintToken } from './mint-token.ts'
import { type Quote, requestInvoice } from './request-invoice.ts'

/** Asked before node and database; see lib/gate/limits/challenge-budget.ts. */
interface Budget {
  take(asker: {
    address: string | null
    creatorId: string
    resourceId: string
  }):
    | { readonly kind: 'taken' }
    | { readonly kind: 'limited'; readonly scope: string; readonly retryAfterSeconds: number }
}

export interface IssueChallengeDeps {
  readonly db: Db
  readonly clock: Clock
  readonly l402: TokenContext
  readonly ring: RingCache
  readonly backends: Backends
  readonly writer: ChallengeWriter
  readonly budget: Budget
  readonly counters: KnownCounters
  readonly invoiceExpirySeconds: number
  /** Network of our node: an invoice of another one is refused. */
  readonly network: string
}

export interface IssueInput {
  readonly creator: CreatorSnapshot
  readonly resource: CatalogResource
  /** One of the resource's offers: what is bought, and for how much. */
  readonly offer: Offer
  /** The same offer at its price of now, asked for only when an invoice is to be made; absent: its own price stands. */
  readonly quote?: (() => Promise<Offer>) | undefined
  readonly channel: Channel
  /** Lines in which the challenge stands: clients of gRPC have one of their own. */
  readonly lines?: 1 | 2
  /** SHA-256 of the asker's claim secret; `null` when they keep none. */
  readonly claimHash: Uint8Array | null
  /** What the asker proves to hold of an earlier challenge; an authentic unpaid token, or a claim secret's hash. */
  readonly held: Held | null
  /** Valid credentials for other resources of this creator, newest first. */
  readonly carried: readonly VerifiedToken[]
  /** Payment hash in a credential that was refused although it may have been paid (loop guard). */
  readonly replaces: Uint8Array | null
  readonly client: { readonly address: string | null }
}

export interface IssuedChallenge {
  readonly id: string
  /** Canonical bytes. */
  readonly macaroon: Uint8Array
  readonly invoice: string
  readonly paymentHash: PaymentHash
  readonly amountMsat: Msat
  readonly expiresAt: Date
  /** Names of the services that the token will grant, the bought one first. */
  readonly services: readonly string[]
  /** Carried services that found no room. */
  readonly leftOut: readonly string[]
  /** How the amount came about, of a new one whose price does not simply stand. */
  readonly quoted?: Quoted
}

export type IssueAnswer =
  | { readonly kind: 'issued' | 'reused'; readonly challenge: IssuedChallenge }
  | { readonly kind: 'settled'; readonly challengeId: string }
  | {
      readonly kind: 'limited'
      readonly code: Extract<Code, 'limit.challenge_budget' | 'limit.paying_again'>
      /** The budget's scope (`global` is ours, so 503), or `chain`. */
      readonly detail: string
      readonly retryAfterSeconds: number
    }

/**
 * The challenge for one offer of a resource at its present price. `reused`: the asker holds an open one with a minute left and
 * gets the same. `settled`: the one that they hold is paid, and nobody pays twice. `limited`: too many unpaid requests, or this client pays and its proof does not arrive whole.
 * Throws `paywall.price_unavailable` when there is no price, `lightning.*` when the node does not make the invoice or makes another one than asked, `database.unavailable`
 * or `queue.full` when the row was not committed; no invoice leaves then. Source: protocol.md §1.6, §8.2.
 */
export async function issueChallenge(deps: IssueChallengeDeps, input: IssueInput): Promise<IssueAnswer> {
  const held = await findHeld(deps, input)
  if (held !== null) return held
  const { creator, resource, client } = input
  const budget = deps.budget.take({ address: client.address, creatorId: creator.creatorId, resourceId: resource.id })
  if (budget.kind === 'limited') {
    const { scope: detail, retryAfterSeconds } = budget
    return { kind: 'limited', code: 'limit.challenge_budget', detail, retryAfterSeconds }
  }
  const { replaces } = input
  const named = { creatorId: creator.creatorId, resourceId: resource.id }
  const depth = replaces === null ? 0 : await measureChain(deps, { ...named, paymentHash: replaces })
  if (depth >= CHAIN_LIMIT) {
    return { kind: 'limited', code: 'limit.paying_again', detail: 'chain', retryAfterSeconds: CHAIN_WINDOW_SECONDS }
  }
  return { kind: 'issued', challenge: await makeChallenge(deps, input, depth) }
}

/** What the asker holds, an open challenge minted again; `null`: nothing, its key is gone, or it was withdrawn. */
async function findHeld(deps: IssueChallengeDeps, input: IssueInput): Promise<IssueAnswer | null> {
  const { creator, resource, offer, held } = input
  if (held === null) return null
  const challenge = await findHeldChallenge(deps.db.client, {
    creatorId: creator.creatorId,
    resourceId: resource.id,
    offerId: offer.id,
    condition: boundCondition(offer),
    held,
    now: deps.clock.now(),
  })
  const macaroon = challenge && mintToken(deps.l402, creator.ring, challenge)
  if (challenge === null || macaroon === null) return null
  if (challenge.state !== 'settled') return { kind: 'reused', challenge: describe(challenge, macaroon, []) }
  return creator.denied.hasToken(challenge.tokenId) ? null : { kind: 'settled', challengeId: challenge.id }
}

async function makeChallenge(deps: IssueChallengeDeps, wanted: IssueInput, depth: number): Promise<IssuedChallenge> {
  const input = wanted.quote === undefined ? wanted : { ...wanted, offer: await wanted.quote() }
  const { creator, resource, offer } = input
  const ringKey = creator.ring.active ?? (await ensureActiveKey(deps, creator.creatorId))
  const { creatorId } = creator
  const arrived = deps.writer.expect()
  const asked = requestInvoice(deps, {
    ...{ creatorId, amountMsat: offer.price.amountMsat },
    // What is bought, so that a payment whose row was lost tells what for (docs/decisions, restored copies).
    memo: { service: offer.covers[0] ?? resource.service, title: resource.title },
  })
  const quote = await asked.finally(arrived)
  const { invoice } = quote
  const topUp = await findTopUp(deps, { creatorId, offer, carried: listGood(input, deps.clock.now()) })
  const terms = composeTerms(input, {
    now: deps.clock.now(),
    payableSeconds: deps.invoiceExpirySeconds,
    invoice,
    topUp,
  })
  const row = composeRow(deps.l402, input, { quote, terms, depth, ringKey, now: deps.clock.now() })
  const macaroon = mintToken(deps.l402, { find: () => ({ ...ringKey, state: 'active' }) }, row)
  assertInvariant(macaroon !== null, 'the active key mints')
  if (row.parents.length === 0) await deps.writer.write(row)
  else await commitCumulative(deps, row)
  return { ...describe(row, macaroon, terms.leftOut), ...(offer.quoted && { quoted: offer.quoted }) }
}

interface Terms {
  readonly caveats: readonly string[]
  readonly services: readonly string[]
  readonly leftOut: readonly string[]
  readonly parents: readonly Parent[]
}

/** What the token will say: what is bought first, then everything carried that is still good. */
function composeTerms(
  { creator, offer, carried, lines }: IssueInput,
  {
    now,
    payableSeconds,
    invoice,
    topUp,
  }: { now: Date; payableSeconds: number; invoice: string; topUp: TopUpHeld | null },
): Terms {
  const [bought, ...alsoBought] = boughtServices(offer, endOf(offer, now, payableSeconds), topUp?.held)
  assertInvariant(bought !== undefined, 'an offer covers a service')
  // A counter belongs to its token id, so a larger token would begin it anew and buying B would refill A.
  const origins = carried.flatMap((token) =>
    carryServices(token, now)
      .filter(({ name }) => isStillGood(creator, token, name) && !isCounted(token, name))
      .map((service) => ({ service, tokenId: encodeHex(token.identifier.tokenId) })),
  )
  // What is bought stands whatever its length; what is carried along has the room that is left in the head of the 402.
  const alone = extendCaveats(bought, alsoBought)
  const room = Math.max(mintedBytes(alone.caveats), tokenRoom(invoice.length, lines))
  const extended = extendCaveats(bought, [...alsoBought, ...origins.map(({ service }) => service)], room)
  assertInvariant(
    offer.covers.every((name) => extended.services.includes(name)),
    'a token has room for what is bought',
  )
  // The first token that brought a service is the one whose conditions stand, so it is the parent.
  const parents = extended.services.flatMap((name) => {
    const origin = offer.covers.includes(name) ? undefined : origins.find(({ service }) => service.name === name)
    return origin === undefined ? [] : [{ service: name, tokenId: origin.tokenId }]
  })
  return { ...extended, parents: topUp === null ? parents : [topUp.parent, ...parents] }
}

/** What is bought and held already, where what is left of it may go on: by tokens that nobody withdrew and that are not over. */
function listGood({ creator, offer, carried }: IssueInput, now: Date): VerifiedToken[] {
  return carried.filter((token) =>
    carryServices(token, now).some(({ name }) => offer.covers.includes(name) && isStillGood(creator, token, name)),
  )
}

/** Neither withdrawn nor deleted. */
function isStillGood(
  { denied, goneServices }: CreatorSnapshot,
  { identifier }: VerifiedToken,
  service: string,
): boolean {
  return (
    !goneServices.has(service) &&
    !denied.hasToken(identifier.tokenId) &&
    !denied.hasService(identifier.tokenId, service) &&
    !denied.hasKey(identifier.keyId)
  )
}

function composeRow(
  { sha256 }: TokenContext,
  { creator, resource, offer, channel, claimHash, replaces }: IssueInput,
  made: { quote: Quote; terms: Terms; depth: number; ringKey: RingKey; now: Date },
): NewChallenge {
  const { quote, terms, depth, ringKey, now } = made
  return {
    creatorId: creator.creatorId,
    id: composeChallengeId(sha256, { paymentHash: quote.paymentHash, claimHash, createdAt: now }),
    tokenId: deriveTokenId(sha256, ringKey.keyId, quote.paymentHash),
    paymentHash: quote.paymentHash,
    resourceId: resource.id,
    offerId: offer.id,
    priceVersion: offer.price.version,
    amountMsat: quote.amountMsat,
    ...lockQuote(offer),
    services: terms.services,
    caveats: terms.caveats,
    parents: terms.parents,
    replaces: depth > 0 ? replaces : null,
    depth,
    claimHash,
    channel,
    invoice: quote.invoice,
    backendId: quote.backendId,
    listCursor: quote.listCursor,
    expiresAt: quote.expiresAt,
    createdAt: now,
  }
}

function lockQuote({ price: { fiat } }: Offer): Pick<NewChallenge, 'locked'> {
  if (fiat === undefined || fiat.rate === null) return {}
  const { currency, minor, rate } = fiat
  return { locked: { currency, minor, microPerBtc: rate.microPerBtc } }
}

function describe(row: NewChallenge | Challenge, macaroon: Uint8Array, leftOut: readonly string[]): IssuedChallenge {
  const { id, invoice, paymentHash, amountMsat, expiresAt, services } = row
  return { id, macaroon, invoice, paymentHash, amountMsat, expiresAt, services, leftOut }
}
