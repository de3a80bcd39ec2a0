/** The 402: one `L402` line that every known client reads, and the same in JSON for those that read the body (protocol.md §1). */
import { CODES } from '#lib/errors.ts'
import { describeFiatBeside } from '#lib/gate/fiat-beside.ts'
import { CORS_FIELDS, DISCOVERY_LINK, JSON_TYPE, NOSNIFF, PRIVATE_FIELDS } from '#lib/gate/headers.ts'
import type { Description, Sold } from '#lib/gate/kinds/kind.ts'
import { type GateAnswer, type GateRequest, type HeaderField, originOf, type Why } from '#lib/gate/request.ts'
import type { Content } from '#lib/gate/target.ts'
import { newId } from '#lib/ids.ts'
import { encodeBase64, encodeHex } from '#lib/l402/bytes.ts'
import { formatChallenge } from '#lib/l402/challenge.ts'
import type { Refusal } from '#lib/l402/refusal.ts'
import { formatSats, type Msat, msatToSatsUp, satsToMsat } from '#lib/money.ts'
import type { IssuedChallenge } from '#lib/paywall/challenges/issue-challenge.ts'
import { countsOf, formatLasts, type Offer, priceSats, type Quoted } from '#lib/paywall/offers/offer.ts'
import type { RateTable } from '#lib/paywall/rates/follow-rates.ts'
import { formatDecimal } from '#lib/paywall/rates/rate.ts'
import type { CatalogResource } from '#lib/paywall/resources/snapshot.ts'
import { answerContent } from './content.ts'
import { freeTerms } from './describe-sold.ts'

type ShownRefusal = Pick<Refusal, 'reason' | 'detail'>

/** What a 402 says about: the request, what it asked for and on which terms, why it was not given. */
export interface Told {
  readonly request: GateRequest
  readonly resource: CatalogResource
  /** What is bought, and in which of its ways. */
  readonly sold: Sold
  readonly offer: Offer
  /** Of the resource, by its kind. */
  readonly description: Description
  readonly refusal: ShownRefusal
  /** Of now. */
  readonly rates: RateTable
}

/** 402 with a challenge; a browser gets `page` as its body, with the same fields (protocol.md §1.4). */
export function answerChallenge(
  told: Told,
  challenge: IssuedChallenge,
  page: Content | null,
): GateAnswer | Promise<GateAnswer> {
  const line: HeaderField = ['WWW-Authenticate', formatChallenge(challenge)]
  const fields = fieldsOf(told.refusal)
  const why = whyOf(told)
  if (page !== null) return withWhy(answerContent(told.request, page, { status: 402, headers: [line, ...fields] }), why)
  const body = JSON.stringify(challengeBody(told, challenge))
  return { kind: 'answer', status: 402, headers: [line, JSON_TYPE, NOSNIFF, ...fields], body, why }
}

/** 402 for something that is paid already, or to `HEAD`: no challenge, so nobody pays for this answer. */
export function answerUnpaid(told: Told, state: 'settled' | null): GateAnswer {
  const body =
    told.request.method === 'HEAD'
      ? null
      : JSON.stringify({
          ...describeRefusal(told, priceSats(told.offer)),
          ...(state === null ? {} : { state }),
          resource: describeResource(told),
        })
  const headers = [JSON_TYPE, NOSNIFF, ...fieldsOf(told.refusal)]
  return { kind: 'answer', status: 402, headers, body, why: whyOf(told) }
}

function whyOf({ refusal: { reason: code, detail } }: Told): Why {
  return { code, detail }
}

async function withWhy(answer: GateAnswer | Promise<GateAnswer>, why: Why): Promise<GateAnswer> {
  return { ...(await answer), why }
}

function fieldsOf(refusal: ShownRefusal): HeaderField[] {
  return [['L402-Reason', refusal.reason], DISCOVERY_LINK, ...PRIVATE_FIELDS, ...CORS_FIELDS]
}

/** The JSON of §1.3, also the answer to `POST /_l402/challenge`. */
export function challengeBody(told: Told, challenge: IssuedChallenge): object {
  const sats = Number(msatToSatsUp(challenge.amountMsat))
  return {
    ...describeRefusal(told, sats),
    macaroon: encodeBase64(challenge.macaroon),
    invoice: challenge.invoice,
    paymentRequest: challenge.invoice,
    payment_hash: encodeHex(challenge.paymentHash),
    priceSats: sats,
    price_sats: sats,
    ...describeFiatBeside(told.rates, told.request, challenge.amountMsat),
    expires_at: formatTime(challenge.expiresAt),
    challenge: challenge.id,
    resource: describeResource(told),
    offers: describeOffers(told, challenge),
    ...(challenge.quoted && { quote: describeQuote(challenge.quoted) }),
    ...describeFree(told.sold),
    ...(challenge.leftOut.length === 0 ? {} : { left_out: challenge.leftOut }),
  }
}

/** How a price of one moment came about, and how long ago; the invoice keeps it, whatever the next one costs. */
export function describeQuote({ baseMsat, surge, named }: Quoted): object {
  return {
    base_msat: Number(baseMsat),
    ...(surge && {
      surge_percent: surge.percent,
      surge: { above_per_minute: surge.above, ceiling_percent: surge.ceilingPercent },
    }),
    ...(named && { as_of: formatTime(named.asOf), stale: named.isStale, stale_up_to_seconds: named.staleSeconds }),
  }
}

/** What its network has for nothing, all of it used for now. */
function describeFree({ freeMonthly }: Sold): object {
  return freeMonthly === undefined ? {} : { free: { ...freeTerms(freeMonthly), left: 0 } }
}

/** The one that the invoice is for, then the others, each of which is asked for by its id. */
function describeOffers({ offer, sold }: Told, challenge: IssuedChallenge): object[] {
  // What the client holds already stands first, what it buys now last.
  const asked = { price: challenge.amountMsat, covers: challenge.services.toReversed() }
  const others = sold.offers.filter(({ id }) => id !== offer.id)
  return [
    describeOffer(offer, sold, asked),
    ...others.map((one) => describeOffer(one, sold, { price: one.price.amountMsat, covers: one.covers })),
  ]
}

function describeOffer(offer: Offer, sold: Sold, at: { price: Msat; covers: readonly string[] }): object {
  return {
    id: offer.kind,
    price_sats: Number(msatToSatsUp(at.price)),
    ...describeFiat(offer),
    covers: at.covers,
    lasts: formatLasts(offer),
    // `uses`, `bytes`, `seconds`, `volume_<unit>`.
    ...Object.fromEntries(countsOf(offer)),
    url: sold.path,
  }
}

/** What its seller set, where that is not in sats. */
function describeFiat({ price: { fiat } }: Offer): object {
  return fiat === undefined ? {} : { fiat: { currency: fiat.currency, amount: formatDecimal(fiat) } }
}

function describeRefusal({ refusal, description }: Told, sats: number): object {
  const { reason, detail } = refusal
  const asks = reason === 'l402.missing' && detail === 'none'
  const message = asks
    ? `${formatSats(satsToMsat(sats))} sats opens this ${description.noun}.`
    : detail === 'preimage' && reason === 'l402.missing'
      ? 'This token has no proof of payment yet.'
      : CODES[reason].message
  return { error: 'payment_required', reason, detail, message, request_id: newId('req') }
}

function describeResource({ request, resource, sold, description }: Told): object {
  return {
    id: resource.id,
    service: sold.service,
    kind: resource.kind,
    title: resource.title,
    url: `${originOf(request)}/${encodeURIComponent(resource.slug)}`,
    ...description.members,
  }
}

/** RFC 3339 in UTC, whole seconds. */
export function formatTime(at: Date): string {
  return at.toISOString().replace(/\.\d{3}Z$/, 'Z')
}
