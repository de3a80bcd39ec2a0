/** The 402: one `L402` line that every known client reads, and the same in JSON for those that read the body (protocol.md §1). */
import { CODES } from '#lib/errors.ts'
import { newId } from '#lib/ids.ts'
import { encodeBase64, encodeHex } from '#lib/l402/bytes.ts'
import { formatChallenge } from '#lib/l402/challenge.ts'
import type { Refusal } from '#lib/l402/refusal.ts'
import { formatSats, msatToSatsUp, satsToMsat } from '#lib/money.ts'
import type { IssuedChallenge } from '#lib/paywall/challenges/issue-challenge.ts'
import type { CatalogResource } from '#lib/paywall/resources/catalog.ts'
import { CORS_FIELDS, DISCOVERY_LINK, JSON_TYPE, NOSNIFF, PRIVATE_FIELDS } from './headers.ts'
import { type GateAnswer, type GateRequest, type HeaderField, originOf } from './request.ts'

export type ShownRefusal = Pick<Refusal, 'reason' | 'detail'>

/** What a 402 says about: the request, what it asked for, why it was not given. */
export interface Shortage {
  readonly request: GateRequest
  readonly resource: CatalogResource
  readonly refusal: ShownRefusal
}

/** Header fields and document for browsers, in place of JSON. */
export interface ChallengePage {
  readonly headers: readonly HeaderField[]
  readonly body: Uint8Array
}

/** 402 with a challenge. */
export function answerChallenge(
  shortage: Shortage,
  challenge: IssuedChallenge,
  page: ChallengePage | null,
): GateAnswer {
  const line: HeaderField = ['WWW-Authenticate', formatChallenge(challenge)]
  const form = page ?? { headers: [JSON_TYPE, NOSNIFF], body: JSON.stringify(challengeBody(shortage, challenge)) }
  return {
    kind: 'answer',
    status: 402,
    headers: [line, ...form.headers, ...fieldsOf(shortage.refusal)],
    body: form.body,
  }
}

/** 402 for something that is paid already, or to `HEAD`: no challenge, so nobody pays for this answer. */
export function answerShortage(shortage: Shortage, state: 'settled' | null): GateAnswer {
  const { refusal, request, resource } = shortage
  const body =
    request.method === 'HEAD'
      ? null
      : JSON.stringify({
          ...describeShortage(refusal, resource),
          ...(state === null ? {} : { state }),
          resource: describeResource(request, resource),
        })
  return { kind: 'answer', status: 402, headers: [JSON_TYPE, NOSNIFF, ...fieldsOf(refusal)], body }
}

function fieldsOf(refusal: ShownRefusal): HeaderField[] {
  return [['L402-Reason', refusal.reason], DISCOVERY_LINK, ...PRIVATE_FIELDS, ...CORS_FIELDS]
}

/** The JSON of §1.3, also the answer to `POST /_l402/challenge`. */
export function challengeBody({ request, resource, refusal }: Shortage, challenge: IssuedChallenge): object {
  const macaroon = encodeBase64(challenge.macaroon)
  const sats = Number(msatToSatsUp(challenge.amountMsat))
  return {
    ...describeShortage(refusal, resource, sats),
    macaroon,
    invoice: challenge.invoice,
    paymentRequest: challenge.invoice,
    payment_hash: encodeHex(challenge.paymentHash),
    priceSats: sats,
    price_sats: sats,
    expires_at: formatTime(challenge.expiresAt),
    challenge: challenge.id,
    resource: describeResource(request, resource),
    offers: [
      {
        id: resource.offer.kind,
        price_sats: sats,
        // What the client holds already stands first, what it buys now last.
        covers: challenge.services.toReversed(),
        lasts: 'forever',
        url: `/${resource.slug}`,
      },
    ],
    ...(challenge.leftOut.length === 0 ? {} : { left_out: challenge.leftOut }),
  }
}

function describeShortage(refusal: ShownRefusal, resource: CatalogResource, sats = priceSats(resource)): object {
  const { reason, detail } = refusal
  const asks = reason === 'l402.missing' && detail === 'none'
  const message = asks
    ? `${formatSats(satsToMsat(sats))} sats opens this article.`
    : detail === 'preimage' && reason === 'l402.missing'
      ? 'This token has no proof of payment yet.'
      : CODES[reason].message
  return { error: 'payment_required', reason, detail, message, request_id: newId('req') }
}

function priceSats(resource: CatalogResource): number {
  return Number(msatToSatsUp(resource.offer.amountMsat))
}

function describeResource(request: GateRequest, resource: CatalogResource): object {
  return {
    id: resource.id,
    service: resource.service,
    kind: resource.kind,
    title: resource.title,
    url: `${originOf(request)}/${encodeURIComponent(resource.slug)}`,
    words: resource.words,
    preview_words: resource.previewWords,
  }
}

/** RFC 3339 in UTC, whole seconds. */
export function formatTime(at: Date): string {
  return at.toISOString().replace(/\.\d{3}Z$/, 'Z')
}
