/** The states of buying one article in a browser, as a pure machine: event in, next state and what to do out. */

/** One challenge this browser asked for. What opens it, the claim secret, is not here: `challenge` is its key. */
export interface Purchase {
  readonly challenge: string
  readonly invoice: string
  readonly paymentHash: string
  readonly priceSats: number
  /** Milliseconds since the epoch, as all times here. */
  readonly askedAtMs: number
  readonly expiresAtMs: number
}

/** `older`: invoices asked for before the present one. Each may still be paid, and then opens the article. */
interface Common {
  readonly older: readonly Purchase[]
}

export type FlowState =
  | (Common & { readonly view: 'idle' })
  | (Common & { readonly view: 'making' })
  | (Common & { readonly view: 'price_changed'; readonly purchase: Purchase; readonly shownSats: number })
  | (Common & { readonly view: 'waiting'; readonly purchase: Purchase; readonly saidPaidAtMs: number | null })
  | (Common & { readonly view: 'unclear'; readonly purchase: Purchase; readonly saidPaidAtMs: number })
  | (Common & { readonly view: 'expired'; readonly purchase: Purchase })
  | (Common & { readonly view: 'wallet_down'; readonly message: string })
  | (Common & { readonly view: 'refused'; readonly message: string })
  | (Common & { readonly view: 'opening'; readonly purchase: Purchase | null; readonly isLate: boolean })
  | (Common & { readonly view: 'open' })
  | (Common & { readonly view: 'lost' })

export type FlowEvent =
  /** The page has loaded; these were asked for earlier and are not opened yet. */
  | { readonly kind: 'resumed'; readonly purchases: readonly Purchase[] }
  /** Unlock, New invoice, Try again, or the timer that tries again. */
  | { readonly kind: 'asked' }
  | { readonly kind: 'issued'; readonly purchase: Purchase; readonly shownSats: number }
  | { readonly kind: 'failed'; readonly cause: 'wallet_down' | 'refused'; readonly message: string }
  | { readonly kind: 'accepted' }
  | { readonly kind: 'said_paid'; readonly nowMs: number }
  | { readonly kind: 'ticked'; readonly nowMs: number }
  /** The server saw the money. */
  | { readonly kind: 'settled'; readonly challenge: string; readonly nowMs: number }
  /** The node has given the invoice up: it can never be paid any more. */
  | { readonly kind: 'canceled'; readonly challenge: string }
  /** This browser holds a receipt already, from before or from another tab. */
  | { readonly kind: 'held' }
  | { readonly kind: 'opened' }
  | { readonly kind: 'claim_lost' }

export type FlowEffect =
  | { readonly kind: 'ask' }
  | { readonly kind: 'watch'; readonly purchase: Purchase }
  | { readonly kind: 'claim'; readonly purchase: Purchase }
  | { readonly kind: 'retry_later' }

export interface FlowStep {
  readonly state: FlowState
  readonly effects: readonly FlowEffect[]
}

/** How long a wallet's word may run ahead of ours before the page says so. */
const UNCLEAR_AFTER_MS = 3000

export const START: FlowState = { view: 'idle', older: [] }

/**
 * The next state. An event that means nothing in a state changes nothing. No new invoice is asked for once a wallet has said
 * paid, nor after settlement: nobody pays twice (product.md §1, rule 3). Money that arrives always opens, however late.
 */
export function advance(state: FlowState, event: FlowEvent): FlowStep {
  switch (event.kind) {
    case 'resumed':
      return resume(state, event.purchases)
    case 'asked':
      return ask(state)
    case 'issued':
      return state.view === 'making' ? issue(state, event) : stay(state)
    case 'failed':
      return state.view === 'making' ? fail(state, event) : stay(state)
    case 'accepted':
      if (state.view !== 'price_changed') return stay(state)
      return to({ view: 'waiting', purchase: state.purchase, saidPaidAtMs: null, older: state.older })
    case 'said_paid':
      return sayPaid(state, event.nowMs)
    case 'ticked':
      return to(tick(state, event.nowMs))
    case 'settled':
      return settle(state, event)
    case 'canceled':
      return to(cancel(state, event.challenge))
    case 'held':
      return state.view === 'open'
        ? stay(state)
        : to({ view: 'opening', purchase: null, isLate: false, older: state.older })
    case 'opened':
      return to({ view: 'open', older: [] })
    case 'claim_lost':
      return state.view === 'opening' ? to({ view: 'lost', older: state.older }) : stay(state)
  }
}

/** Every purchase of `state` that may still be paid, the present one first. */
export function purchasesOf(state: FlowState): readonly Purchase[] {
  return 'purchase' in state && state.purchase ? [state.purchase, ...state.older] : state.older
}

function stay(state: FlowState): FlowStep {
  return { state, effects: [] }
}

function to(state: FlowState, ...effects: FlowEffect[]): FlowStep {
  return { state, effects }
}

function resume(state: FlowState, purchases: readonly Purchase[]): FlowStep {
  if (state.view !== 'idle') return stay(state)
  return { state: { ...state, older: purchases }, effects: purchases.map((purchase) => ({ kind: 'watch', purchase })) }
}

function ask(state: FlowState): FlowStep {
  switch (state.view) {
    case 'idle':
    case 'wallet_down':
    case 'refused':
    case 'expired':
      return to({ view: 'making', older: purchasesOf(state) }, { kind: 'ask' })
    default:
      return stay(state)
  }
}

/** The server may answer with an invoice this browser has asked for before; it is watched already. */
function issue(state: FlowState, event: { purchase: Purchase; shownSats: number }): FlowStep {
  const { purchase, shownSats } = event
  const isNew = !state.older.some((other) => other.challenge === purchase.challenge)
  const older = state.older.filter((other) => other.challenge !== purchase.challenge)
  const effects: FlowEffect[] = isNew ? [{ kind: 'watch', purchase }] : []
  const next: FlowState =
    purchase.priceSats === shownSats
      ? { view: 'waiting', purchase, saidPaidAtMs: null, older }
      : { view: 'price_changed', purchase, shownSats, older }
  return { state: next, effects }
}

function fail(state: FlowState, event: { cause: 'wallet_down' | 'refused'; message: string }): FlowStep {
  const next: FlowState = { view: event.cause, message: event.message, older: state.older }
  return event.cause === 'wallet_down' ? to(next, { kind: 'retry_later' }) : to(next)
}

function sayPaid(state: FlowState, nowMs: number): FlowStep {
  if (state.view === 'waiting') return to({ ...state, saidPaidAtMs: state.saidPaidAtMs ?? nowMs })
  if (state.view !== 'expired') return stay(state)
  return to({ view: 'unclear', purchase: state.purchase, saidPaidAtMs: nowMs, older: state.older })
}

function tick(state: FlowState, nowMs: number): FlowState {
  if (state.view === 'price_changed' && nowMs >= state.purchase.expiresAtMs) {
    return { view: 'expired', purchase: state.purchase, older: state.older }
  }
  if (state.view !== 'waiting') return state
  const { purchase, older, saidPaidAtMs } = state
  if (saidPaidAtMs !== null) {
    return nowMs - saidPaidAtMs < UNCLEAR_AFTER_MS ? state : { view: 'unclear', purchase, saidPaidAtMs, older }
  }
  return nowMs < purchase.expiresAtMs ? state : { view: 'expired', purchase, older }
}

function settle(state: FlowState, event: { challenge: string; nowMs: number }): FlowStep {
  const purchase = purchasesOf(state).find((candidate) => candidate.challenge === event.challenge)
  if (!purchase || state.view === 'open' || state.view === 'opening') return stay(state)
  const older = purchasesOf(state).filter((other) => other !== purchase)
  const isLate = event.nowMs >= purchase.expiresAtMs
  return to({ view: 'opening', purchase, isLate, older }, { kind: 'claim', purchase })
}

function cancel(state: FlowState, challenge: string): FlowState {
  const older = state.older.filter((other) => other.challenge !== challenge)
  switch (state.view) {
    case 'waiting':
    case 'unclear':
    case 'price_changed':
      if (state.purchase.challenge !== challenge) return { ...state, older }
      return { view: 'expired', purchase: state.purchase, older }
    default:
      return { ...state, older }
  }
}
