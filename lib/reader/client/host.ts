/** Talks to the creator host's end points of protocol.md §10; every answer is a value, nothing is thrown at the caller. */
import type { Purchase } from './paywall-flow.ts'

/** An answer of the host; `status` 0: it could not be reached. */
interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
  readonly retryAfterSeconds: number | null
}

export type AskAnswer =
  | { readonly kind: 'issued'; readonly purchase: Purchase; readonly macaroon: string }
  /** A cookie of this browser opens the article already. */
  | { readonly kind: 'held' }
  | { readonly kind: 'wallet_down' | 'refused'; readonly message: string }

export type ClaimAnswer =
  | { readonly kind: 'claimed'; readonly credential: string }
  | { readonly kind: 'not_yet' | 'lost' | 'unreachable' }

export type RestoreAnswer =
  | { readonly kind: 'restored'; readonly credential: string; readonly articles: readonly RestoredArticle[] }
  | { readonly kind: 'unsettled' | 'unreachable' }
  | { readonly kind: 'refused'; readonly message: string }

/** One article that a restored credential opens. */
export interface RestoredArticle {
  readonly id: string
  readonly slug: string
  readonly title: string
}

const UNREACHABLE = 'This page cannot reach its site. Nothing was charged.'

/** §10.1. The secret proves an earlier, still open challenge, so asking again gives the same invoice (§1.6). */
export async function askChallenge(ask: { articleId: string; secret: string; claimHash: string }): Promise<AskAnswer> {
  const { status, body } = await post(
    '/_l402/challenge',
    { resource: ask.articleId, claim_hash: ask.claimHash },
    { 'L402-Claim': ask.secret },
  )
  if (status === 200 && body.state === 'settled') return { kind: 'held' }
  const purchase = status === 200 || status === 201 || status === 402 ? readPurchase(body) : null
  if (purchase) return { kind: 'issued', purchase, macaroon: text(body.macaroon) }
  const isDown = status === 0 || status >= 500
  return { kind: isDown ? 'wallet_down' : 'refused', message: text(body.message) || UNREACHABLE }
}

function readPurchase(body: Answer['body']): Purchase | null {
  const expiresAtMs = Date.parse(text(body.expires_at))
  const { challenge, invoice, price_sats: priceSats, payment_hash: paymentHash } = body
  if (typeof challenge !== 'string' || typeof invoice !== 'string' || typeof priceSats !== 'number') return null
  if (typeof paymentHash !== 'string' || Number.isNaN(expiresAtMs)) return null
  return { challenge, invoice, paymentHash, priceSats, askedAtMs: Date.now(), expiresAtMs }
}

/** §10.3. May be repeated: the same secret gets the same credential. */
export async function claim(challenge: string, secret: string): Promise<ClaimAnswer> {
  const { status, body } = await post('/_l402/claim', { challenge, secret })
  if (status === 200 && typeof body.credential === 'string') return { kind: 'claimed', credential: body.credential }
  if (status === 202) return { kind: 'not_yet' }
  return { kind: status === 403 || status === 404 || status === 410 ? 'lost' : 'unreachable' }
}

/** §10.4, with a receipt or with invoice and payment proof. */
export async function restore(
  proof: { credential: string } | { invoice: string; preimage: string },
): Promise<RestoreAnswer> {
  const { status, body } = await post('/_l402/restore', proof)
  const credential = 'credential' in proof ? proof.credential : text(body.credential)
  if (status === 200)
    return { kind: 'restored', credential: text(body.credential) || credential, articles: readArticles(body) }
  if (body.reason === 'paywall.settlement_unknown') return { kind: 'unsettled' }
  if (status === 0 || status >= 500) return { kind: 'unreachable' }
  return { kind: 'refused', message: text(body.message) || 'No purchase here fits what you entered.' }
}

/** Takes back the cookies that open an article (its id), or all of ours (`null`); `false`: the host did not answer. */
export async function forgetHere(articleId: string | null): Promise<boolean> {
  const { status } = await post('/_l402/forget', articleId === null ? {} : { resource: articleId })
  return status === 200
}

function readArticles({ resources }: Answer['body']): RestoredArticle[] {
  return Array.isArray(resources) ? resources.flatMap(readArticle) : []
}

function readArticle(resource: Record<string, unknown> | null): RestoredArticle[] {
  const { id, title, url } = resource ?? {}
  if (typeof id !== 'string' || typeof title !== 'string' || typeof url !== 'string') return []
  return [{ id, title, slug: new URL(url, location.href).pathname.slice(1) }]
}

async function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  return send(path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json', ...headers },
  })
}

/** One request with cookies and JSON asked for. */
export async function send(path: string, init: RequestInit): Promise<Answer> {
  try {
    const response = await fetch(path, {
      ...init,
      cache: 'no-store',
      credentials: 'same-origin',
      headers: { Accept: 'application/json', ...init.headers },
    })
    const retryAfter = Number(response.headers.get('Retry-After'))
    const body: unknown = await response.json().catch(() => null)
    return {
      status: response.status,
      body: typeof body === 'object' && body !== null ? (body as Answer['body']) : {},
      retryAfterSeconds: retryAfter > 0 ? retryAfter : null,
    }
  } catch {
    return { status: 0, body: {}, retryAfterSeconds: null }
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
