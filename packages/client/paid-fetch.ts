/** A fetch that pays: it meets a 402, checks what is asked, pays once, keeps the token, and asks again once. */
import { sha256 } from '@noble/hashes/sha2.js'
import { formatCredential } from '#lib/l402/credential-text.ts'
import { opens, parsePreimage } from '#lib/l402/preimage.ts'
import { satsToMsat } from '#lib/money.ts'
import { type Budget, createBudget } from './budget.ts'
import { ClientFault, PaidFault } from './client-fault.ts'
import { createKeeper, type Keeper, type Unkept } from './keeper.ts'
import { type Offer, readOffer } from './read-offer.ts'
import { createMemoryStore, type StoredToken, servicesOf, type TokenStore } from './token-store.ts'

/** What the client needs of an answer; those of every fetch have it. */
export interface PayableResponse {
  readonly status: number
  readonly url: string
  readonly headers: { get(name: string): string | null }
  readonly body: { cancel(): Promise<void> } | null
}

/** A request that can be sent again: its body is text or bytes, never a stream. */
export interface PaidRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly signal?: AbortSignal
}

/** Pays a BOLT 11 invoice and answers the preimage, 64 hex digits. What it throws becomes `payment-failed`. */
export type Payer = (invoice: string) => Promise<string>

/** One payment that was made. */
export interface Purchase {
  readonly url: string
  readonly offer: Offer
  /** `<macaroon>:<preimage>`. A secret. */
  readonly credential: string
  /** Why the store did not keep the token: whoever wants it after this process must keep `credential`. `null`: it did. */
  readonly unkept: Unkept | null
}

export interface PaidFetchOptions<R extends PayableResponse> {
  readonly fetch: (url: string, init: PaidRequest) => Promise<R>
  readonly pay: Payer
  /** Without one: 1,000 sats a purchase, no total. */
  readonly budget?: Budget
  /** Without one: tokens last as long as this object. */
  readonly store?: TokenStore
  readonly now?: () => Date
  /** Told after each payment, before the request is repeated. */
  readonly onPaid?: (purchase: Purchase) => void
}

const DEFAULT_CAP_SATS = 1_000

/**
 * Answers what the server answers. It pays at most once per call, only on status 402, and at most once at a time per
 * host, so that calls side by side share what was bought. A second 402 is the caller's to see. Throws `ClientFault`;
 * when the payment was made before something failed it is a `PaidFault`, which has the credential. Reading the body of
 * the answer is the caller's act: for a failure there `onPaid` has told the credential.
 */
export function createPaidFetch<R extends PayableResponse>(
  options: PaidFetchOptions<R>,
): (url: string | URL, request?: PaidRequest) => Promise<R> {
  const keeper = createKeeper(options.store ?? createMemoryStore())
  const budget = options.budget ?? createBudget({ perPurchaseMsat: satsToMsat(DEFAULT_CAP_SATS) })
  const inTurn = createTurns()
  return async (input, request = {}) => {
    const url = new URL(input)
    assertNoCredential(request)
    const sent = await keeper.find(url.host)
    const first = await send(options.fetch, { url, request, token: sent })
    if (first.status !== 402) return first
    // A redirect may have led to another host: the challenge is that host's, and so is the token.
    const target = first.url === '' ? url : new URL(first.url)
    return inTurn(target.host, async () => {
      const { answer, isOpen } = await tryNewer({ first, sent, target, request, keeper, fetch: options.fetch })
      if (isOpen) return answer
      const { token, purchase } = await buy({ ...options, keeper, budget }, { answer, target, signal: request.signal })
      try {
        options.onPaid?.(purchase)
        return await send(options.fetch, { url: target, request, token })
      } catch (cause) {
        throw new PaidFault(token.credential, cause)
      }
    })
  }
}

function assertNoCredential(request: PaidRequest): void {
  const names = Object.keys(request.headers ?? {}).map((name) => name.toLowerCase())
  if (names.includes('authorization'))
    throw new TypeError('Authorization carries the token; it cannot be set by the caller')
}

async function send<R>(
  fetch: (url: string, init: PaidRequest) => Promise<R>,
  { url, request, token }: { url: URL; request: PaidRequest; token: StoredToken | null },
): Promise<R> {
  const headers = { ...request.headers, ...(token === null ? {} : { Authorization: `L402 ${token.credential}` }) }
  return fetch(url.href, { ...request, headers })
}

/** While this call waited for its turn another may have bought what it needs. */
async function tryNewer<R extends PayableResponse>(waiting: {
  first: R
  sent: StoredToken | null
  target: URL
  request: PaidRequest
  keeper: Keeper
  fetch: (url: string, init: PaidRequest) => Promise<R>
}): Promise<{ answer: R; isOpen: boolean }> {
  const { first, sent, target, request, keeper, fetch } = waiting
  const token = await keeper.find(target.host)
  if (token === null || token.credential === sent?.credential) return { answer: first, isOpen: false }
  await first.body?.cancel()
  const answer = await send(fetch, { url: target, request, token })
  return { answer, isOpen: answer.status !== 402 }
}

type Buying<R extends PayableResponse> = PaidFetchOptions<R> & { keeper: Keeper; budget: Budget }

async function buy<R extends PayableResponse>(
  options: Buying<R>,
  { answer, target, signal }: { answer: R; target: URL; signal: AbortSignal | undefined },
): Promise<{ token: StoredToken; purchase: Purchase }> {
  const now = options.now?.() ?? new Date()
  const offer = readOffer(answer.headers.get('www-authenticate'), now)
  await options.keeper.prepare()
  // The last moment to stop: a payment that is under way is waited for, because its preimage is all it buys.
  signal?.throwIfAborted()
  options.budget.take(offer.amountMsat)
  await answer.body?.cancel()
  const preimage = await payOffer(options.pay, offer)
  const credential = formatCredential(offer.macaroon, preimage)
  const token = { host: target.host, services: servicesOf(offer.macaroon), credential }
  // Kept before it is used: what was paid for survives a crash in between.
  const unkept = await options.keeper.keep(token)
  return { token, purchase: { url: target.href, offer, credential, unkept } }
}

/** The budget is not given back on failure: a wallet that did not answer may have paid. */
async function payOffer(pay: Payer, offer: Offer) {
  const answer = await pay(offer.invoice).catch((cause: unknown) => {
    if (cause instanceof ClientFault) throw cause
    const said = cause instanceof Error ? cause.message : 'no reason given'
    throw new ClientFault('payment-failed', `the wallet did not pay: ${said}`, { cause })
  })
  const preimage = parsePreimage(answer)
  if (preimage === null || !opens(sha256, preimage, offer.paymentHash)) {
    throw new ClientFault('preimage-mismatch', 'the wallet answered with a preimage that does not open this invoice')
  }
  return preimage
}

/** One at a time per name, in the order they came. */
function createTurns() {
  const last = new Map<string, Promise<unknown>>()
  return <T>(name: string, act: () => Promise<T>): Promise<T> => {
    const turn = (last.get(name) ?? Promise.resolve()).then(act, act)
    last.set(name, turn)
    const forget = () => {
      if (last.get(name) === turn) last.delete(name)
    }
    turn.then(forget, forget)
    return turn
  }
}
