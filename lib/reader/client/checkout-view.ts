/** Shows the state of a purchase in the checkout dialog; every word stands in the page already, this only chooses and fills in. */
import { formatCount, formatTimeLeft, shortenInvoice } from '#lib/reader/format.ts'
import { sizeOf } from '#lib/reader/price-size.ts'
import { drawInvoiceQr } from '#lib/reader/qr.ts'
import type { FlowState, Purchase } from './paywall-flow.ts'

const STUB_TONES: Partial<Record<FlowState['view'], string>> = {
  expired: 'grey',
  wallet_down: 'grey',
  refused: 'grey',
  lost: 'grey',
  opening: 'torn',
}

/** Moments at which the time left is said aloud: not each second (product.md §6, 2.2.1). */
const ANNOUNCED_MINUTES = [5, 1]

export interface CheckoutView {
  readonly dialog: HTMLDialogElement
  /** Opens the dialog over the card, so that the price stands in one place. */
  open(): void
  close(): void
  show(state: FlowState): void
  tick(state: FlowState, nowMs: number): void
  fill(slot: string, text: string): void
  /** Stands beside the acts until the next act or the next state, since nobody reads a sentence within a second. */
  tell(message: string): void
  /** The whole invoice, selected, for whoever copies by hand. */
  selectInvoice(): void
}

export function createCheckoutView(dialog: HTMLDialogElement, card: Element | null): CheckoutView {
  let shown: FlowState['view'] | null = null
  let told: FlowState | null = null
  let drawn = ''
  let said = Number.POSITIVE_INFINITY
  const fill = (slot: string, text: string) => fillSlots(dialog, slot, text)
  return {
    dialog,
    fill,
    open() {
      if (dialog.open) return
      card?.scrollIntoView({ block: 'center' })
      dialog.showModal()
      dialog.querySelector<HTMLElement>('#checkout-title')?.focus()
    },
    close: () => dialog.close(),
    tell(message) {
      fill('message', message)
      if (message !== '') fill('say', message)
    },
    selectInvoice() {
      const field = dialog.querySelector<HTMLTextAreaElement>('#invoice-text')
      const fold = field?.closest('details')
      if (fold) fold.open = true
      field?.focus()
      field?.select()
    },
    show(state) {
      // Every second comes a tick; what stands there since the last change stays.
      if (state === told) return
      told = state
      fillFacts(dialog, state)
      const purchase = 'purchase' in state ? state.purchase : null
      if (purchase && purchase.invoice !== drawn) {
        drawn = purchase.invoice
        said = Number.POSITIVE_INFINITY
        drawQr(dialog, purchase.invoice)
      }
      if (state.view === shown) return
      shown = state.view
      choosePanels(dialog, state.view)
      fill('message', '')
      fill('say', sentenceOf(dialog))
    },
    tick(state, nowMs) {
      if (state.view !== 'waiting') return
      const leftMs = state.purchase.expiresAtMs - nowMs
      showTimeLeft(dialog, state.purchase, leftMs)
      const due = ANNOUNCED_MINUTES.find((minutes) => leftMs <= minutes * 60_000 && said > minutes)
      if (due === undefined || leftMs <= 0) return
      said = Math.min(...ANNOUNCED_MINUTES.filter((minutes) => leftMs <= minutes * 60_000))
      fill('say', said === 1 ? '1 minute left to pay.' : `${said} minutes left to pay.`)
    },
  }
}

function choosePanels(dialog: HTMLElement, view: FlowState['view']): void {
  dialog.dataset.view = view
  dialog.querySelector<HTMLElement>('.ticket')?.setAttribute('data-tone', STUB_TONES[view] ?? 'amber')
  for (const panel of dialog.querySelectorAll<HTMLElement>('[data-when]')) {
    panel.hidden = !panel.dataset.when?.split(' ').includes(view)
  }
  const webln = dialog.querySelector<HTMLElement>('[data-act="webln"]')
  const hasWebLn = 'webln' in window
  if (webln && !hasWebLn) webln.hidden = true
  // One act stands out: the wallet that is here, else the one that the link opens.
  const wallet = dialog.querySelector('[data-act="wallet"]')
  if (wallet) wallet.className = hasWebLn ? 'button-quiet' : 'button'
}

/** What a listener hears: the status that is on screen. */
function sentenceOf(dialog: HTMLElement): string {
  const status = dialog.querySelector<HTMLElement>('.statuses .status:not([hidden])')
  const parts = [...(status?.querySelectorAll('p') ?? [])].map((part) => part.textContent?.trim() ?? '')
  return parts
    .filter((part) => part !== '')
    .join('. ')
    .replace(/([.?])\./g, '$1')
}

function fillFacts(dialog: HTMLElement, state: FlowState): void {
  const fill = (slot: string, text: string) => fillSlots(dialog, slot, text)
  fill('note', noteOf(state))
  if (state.view === 'wallet_down') fill('trouble', causeOf(state.message))
  if (state.view === 'refused') fill('refusal', causeOf(state.message))
  if (state.view === 'price_changed') fill('old-price', `${formatCount(state.shownSats)} sats`)
  if (!('purchase' in state) || !state.purchase) return
  const { purchase } = state
  const price = formatCount(purchase.priceSats)
  fill('amount', price)
  for (const element of dialog.querySelectorAll('.price')) element.setAttribute('data-digits', sizeOf(price))
  fill('new-price', `${price} sats`)
  fill('price', `${price} sats`)
  fill('invoice', shortenInvoice(purchase.invoice))
  const text = dialog.querySelector<HTMLTextAreaElement>('#invoice-text')
  if (text && text.value !== purchase.invoice) text.value = purchase.invoice
  fill('reference', purchase.paymentHash.slice(0, 4).toUpperCase())
  fill('made-at', formatClock(purchase.askedAtMs))
  if (state.view === 'unclear') fill('said-at', formatClock(state.saidPaidAtMs))
  if (state.view === 'opening') {
    fill('paid', state.isLate ? `Paid ${price} sats, after the invoice ran out` : `Paid ${price} sats`)
    fill('paid-text', state.isLate ? 'It counts. Your article is opening.' : 'Your article is opening.')
  }
  dialog.querySelector<HTMLAnchorElement>('[data-act="wallet"]')?.setAttribute('href', `lightning:${purchase.invoice}`)
}

/** The host's sentence without what stands under it anyway. */
function causeOf(message: string): string {
  return message
    .replace(/\s*Nothing was charged\.\s*/, '')
    .replace(/\.$/, '')
    .replaceAll("'", '’')
}

function noteOf(state: FlowState): string {
  if (state.view === 'expired') return `ran out at ${formatClock(state.purchase.expiresAtMs, 'minutes')}`
  if (state.view === 'wallet_down') return `last try ${formatClock(Date.now())}`
  return 'pay once'
}

function drawQr(dialog: HTMLElement, invoice: string): void {
  const { size, path } = drawInvoiceQr(invoice)
  const symbol = dialog.querySelector('#qr-code')
  symbol?.setAttribute('viewBox', `0 0 ${size} ${size}`)
  symbol?.firstElementChild?.setAttribute('d', path)
}

function showTimeLeft(dialog: HTMLElement, purchase: Purchase, leftMs: number): void {
  const wholeMs = Math.max(1, purchase.expiresAtMs - purchase.askedAtMs)
  const percent = Math.max(0, Math.min(100, (100 * leftMs) / wholeMs))
  fillSlots(dialog, 'time', `${formatTimeLeft(leftMs)} left`)
  dialog.querySelector('[data-slot="bar"]')?.setAttribute('width', `${percent.toFixed(1)}%`)
}

/** Text only, so nothing that a server or a wallet says can become markup. */
export function fillSlots(root: ParentNode, slot: string, text: string): void {
  for (const element of root.querySelectorAll(`[data-slot="${slot}"]`)) {
    if (element.textContent !== text) element.textContent = text
  }
}

/** `14:02:11` on the reader's own clock. */
function formatClock(atMs: number, precision: 'minutes' | 'seconds' = 'seconds'): string {
  return new Date(atMs).toTimeString().slice(0, precision === 'minutes' ? 5 : 8)
}
