/** The article page: makes what the purchase machine decides happen, and tells it what happened. */
import { connectActs } from './checkout-acts.ts'
import type { ArticlePage, Checkout } from './checkout-context.ts'
import { type CheckoutView, createCheckoutView } from './checkout-view.ts'
import { askChallenge, claim, restore } from './host.ts'
import {
  type ArticleRef,
  type Claim,
  dropClaim,
  findReceipt,
  isReceiptStored,
  keepClaim,
  keepReceipt,
  onKeepsakesChange,
  type Receipt,
  readKeepsakes,
} from './keepsakes.ts'
import { offerReceipt, openArticle, tellPrice } from './open-article.ts'
import { advance, type FlowEffect, type FlowState, type Purchase, START } from './paywall-flow.ts'
import { downloadReceipts } from './receipt-file.ts'
import { hashClaimSecret, makeClaimSecret } from './secrets.ts'
import { watchChallenge } from './watch-challenge.ts'

const RETRY_MS = 10_000
const CLAIM_AGAIN_MS = 2000
/** A host whose database was restored does not know an invoice until its sale is adopted, so its claim is kept so long. */
const LOST_ROW_MS = 3 * 24 * 3600 * 1000

/** Starts the page: buying where it is locked, telling the price where it is open. */
export function startArticlePage(page: ArticlePage): void {
  if (page.isOpen) {
    tellPrice(findReceipt(page.article.id)?.priceSats ?? null)
    return
  }
  const dialog = document.querySelector<HTMLDialogElement>('#checkout')
  if (!dialog) return
  const checkout = createCheckout(page, createCheckoutView(dialog, document.querySelector('.cut')))
  connectActs(checkout)
  const claims = claimsOf(page.article.id)
  checkout.send({ kind: 'resumed', purchases: claims.flatMap(({ purchase }) => (purchase ? [purchase] : [])) })
  const openHeld = () => {
    const receipt = findReceipt(page.article.id)
    if (receipt) void openFromReceipt(checkout, receipt)
  }
  openHeld()
  onKeepsakesChange(openHeld)
  const hasOpenInvoice = claims.some(({ purchase }) => purchase !== null && purchase.expiresAtMs > Date.now())
  if (location.hash === '#unlock' && claims.length > 0) checkout.send({ kind: 'asked' })
  // Whoever reloads is in the middle of paying; the same invoice comes back, as its secret is at hand.
  else if (hasOpenInvoice && isReload()) checkout.send({ kind: 'asked' })
  else if (hasOpenInvoice) tellInvoiceWaits()
}

function isReload(): boolean {
  const [navigation] = performance.getEntriesByType('navigation')
  return navigation !== undefined && 'type' in navigation && navigation.type === 'reload'
}

function tellInvoiceWaits(): void {
  const line = document.getElementById('cut-status')
  if (line) line.textContent = 'An invoice of yours waits here. Unlock shows it again.'
}

function createCheckout(page: ArticlePage, view: CheckoutView): Checkout {
  let state: FlowState = START
  const checkout: Checkout = {
    page,
    view,
    state: () => state,
    send(event) {
      const step = advance(state, event)
      const isNew = step.state.view !== state.view
      state = step.state
      view.show(state)
      view.tick(state, Date.now())
      if (isNew && state.view === 'making') view.open()
      if (state.view === 'open') view.close()
      for (const effect of step.effects) void perform(checkout, effect)
    },
    open: (credential) => openByCredential(checkout, credential),
  }
  setInterval(() => checkout.send({ kind: 'ticked', nowMs: Date.now() }), 1000)
  return checkout
}

async function perform(checkout: Checkout, effect: FlowEffect): Promise<void> {
  switch (effect.kind) {
    case 'ask':
      return ask(checkout)
    case 'watch':
      return watch(checkout, effect.purchase)
    case 'claim':
      return claimAndOpen(checkout, effect.purchase)
    case 'retry_later':
      setTimeout(() => {
        if (checkout.state().view === 'wallet_down') checkout.send({ kind: 'asked' })
      }, RETRY_MS)
  }
}

/** The secret is kept before the question leaves, so an answer that is lost on the way loses nothing. */
async function ask(checkout: Checkout): Promise<void> {
  const { article } = checkout.page
  const ref: ArticleRef = { id: article.id, slug: article.slug, title: article.title, creator: article.creator }
  const held = claimsOf(article.id)[0]
  const secret = held?.secret ?? makeClaimSecret()
  if (!held) keepClaim({ article: ref, secret, macaroon: null, purchase: null })
  const answer = await askChallenge({ articleId: article.id, secret, claimHash: await hashClaimSecret(secret) })
  if (answer.kind === 'held') {
    checkout.send({ kind: 'held' })
    await openNow(checkout, { credential: null, priceSats: null })
  } else if (answer.kind === 'issued') {
    keepClaim({ article: ref, secret, macaroon: answer.macaroon, purchase: answer.purchase })
    checkout.send({ kind: 'issued', purchase: answer.purchase, shownSats: article.priceSats })
  } else checkout.send({ kind: 'failed', cause: answer.kind, message: answer.message })
}

function watch(checkout: Checkout, purchase: Purchase): void {
  const { challenge } = purchase
  const secret = secretOf(challenge)
  if (!secret) return
  watchChallenge({
    challenge,
    secret,
    onState(state) {
      if (state === 'settled') checkout.send({ kind: 'settled', challenge, nowMs: Date.now() })
      if (state === 'canceled' || state === 'unknown') checkout.send({ kind: 'canceled', challenge })
      if (state === 'unknown' && purchase.expiresAtMs + LOST_ROW_MS < Date.now()) dropClaim(challenge)
    },
  })
}

async function claimAndOpen(checkout: Checkout, purchase: Purchase): Promise<void> {
  const secret = secretOf(purchase.challenge)
  const answer = secret ? await claim(purchase.challenge, secret) : { kind: 'lost' as const }
  if (answer.kind === 'claimed') {
    const { priceSats } = purchase
    const { credential } = answer
    keepReceipt({ article: refOf(checkout.page), credential, priceSats, keptAtMs: Date.now() }, purchase.challenge)
    return openNow(checkout, { credential, priceSats })
  }
  if (answer.kind === 'lost') return checkout.send({ kind: 'claim_lost' })
  setTimeout(() => void claimAndOpen(checkout, purchase), CLAIM_AGAIN_MS)
}

/** Paid is paid: as long as the host does not send the text, it is asked again. */
async function openNow(
  checkout: Checkout,
  bought: { credential: string | null; priceSats: number | null },
): Promise<void> {
  const takesFocus = checkout.view.dialog.open
  checkout.view.close()
  const way = await openArticle({ ...bought, takesFocus })
  // The page of that answer says what became of the money, which this one cannot.
  if (way === 'gone') return location.reload()
  if (way !== null) {
    if (bought.credential !== null && way !== 'cookie') offerUnkept(checkout, bought.credential, bought.priceSats)
    return checkout.send({ kind: 'opened' })
  }
  setTimeout(() => void openNow(checkout, bought), CLAIM_AGAIN_MS)
}

/** A browser that stores nothing will have forgotten by tomorrow: its reader is told now, with the receipt at hand. */
function offerUnkept({ page }: Checkout, credential: string, priceSats: number | null): void {
  if (isReceiptStored(page.article.id)) return
  offerReceipt(() => downloadReceipts([{ article: refOf(page), credential, priceSats, keptAtMs: Date.now() }]))
}

/** Bought before, or a moment ago in another tab: the cookie may be gone, the receipt is not. */
async function openFromReceipt(checkout: Checkout, receipt: Receipt): Promise<void> {
  const { view } = checkout.state()
  if (view === 'open' || view === 'opening') return
  const answer = await restore({ credential: receipt.credential })
  if (answer.kind !== 'restored') return
  checkout.send({ kind: 'held' })
  await openNow(checkout, receipt)
}

async function openByCredential(checkout: Checkout, credential: string): Promise<string | null> {
  const answer = await restore({ credential })
  switch (answer.kind) {
    case 'restored': {
      const state = checkout.state()
      if (state.view === 'opening' || state.view === 'open') return null
      const purchase = 'purchase' in state ? state.purchase : null
      const priceSats = purchase?.priceSats ?? null
      keepReceipt(
        { article: refOf(checkout.page), credential: answer.credential, priceSats, keptAtMs: Date.now() },
        purchase?.challenge ?? null,
      )
      checkout.send({ kind: 'held' })
      await openNow(checkout, { credential: answer.credential, priceSats })
      return null
    }
    case 'unsettled':
      checkout.send({ kind: 'said_paid', nowMs: Date.now() })
      return null
    case 'unreachable':
      return 'Your money is safe. The site does not answer; try again in a moment.'
    case 'refused':
      return `Nothing was charged. ${answer.message}`
  }
}

function claimsOf(articleId: string): Claim[] {
  return readKeepsakes().claims.filter((kept) => kept.article.id === articleId)
}

function secretOf(challenge: string): string | null {
  return readKeepsakes().claims.find((kept) => kept.purchase?.challenge === challenge)?.secret ?? null
}

function refOf({ article }: ArticlePage): ArticleRef {
  return { id: article.id, slug: article.slug, title: article.title, creator: article.creator }
}
