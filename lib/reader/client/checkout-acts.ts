/** What a reader can press in the checkout, by mouse, finger or key. */
import type { Checkout } from './checkout-context.ts'
import { macaroonOf } from './keepsakes.ts'
import type { Purchase } from './paywall-flow.ts'
import { proofFits, readProof } from './secrets.ts'
import { type PaymentAnswer, payByDemoWallet, payByWebLn } from './wallets.ts'

export function connectActs(checkout: Checkout): void {
  const { dialog } = checkout.view
  document.getElementById('unlock')?.addEventListener('submit', (event) => {
    event.preventDefault()
    checkout.send({ kind: 'asked' })
    checkout.view.open()
  })
  dialog.addEventListener('click', (event) => {
    const act =
      event.target instanceof Element ? event.target.closest<HTMLElement>('[data-act]')?.dataset.act : undefined
    if (act) void ACTS[act]?.(checkout)
  })
  dialog.addEventListener('keydown', (event) => {
    const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement
    if (event.key === 'c' && !isTyping && !event.ctrlKey && !event.metaKey) void copyInvoice(checkout)
  })
  dialog.querySelector('[data-form="proof"]')?.addEventListener('submit', (event) => {
    event.preventDefault()
    if (event.target instanceof HTMLFormElement) void checkProof(checkout, event.target)
  })
}

const ACTS: Readonly<Record<string, (checkout: Checkout) => unknown>> = {
  close: ({ view }) => view.close(),
  renew: ({ send }) => send({ kind: 'asked' }),
  retry: ({ send }) => send({ kind: 'asked' }),
  accept: ({ send }) => send({ kind: 'accepted' }),
  copy: copyInvoice,
  'copy-reference': (checkout) => copy(checkout, purchaseOf(checkout)?.paymentHash.slice(0, 4).toUpperCase() ?? ''),
  webln: (checkout) => pay(checkout, payByWebLn),
  demo: (checkout) => {
    const { demoWallet } = checkout.page
    if (demoWallet) void pay(checkout, (invoice) => payByDemoWallet(demoWallet, invoice))
  },
}

function purchaseOf({ state }: Checkout): Purchase | null {
  const now = state()
  return 'purchase' in now ? now.purchase : null
}

async function copyInvoice(checkout: Checkout): Promise<void> {
  const invoice = purchaseOf(checkout)?.invoice
  if (!invoice || checkout.state().view !== 'waiting') return
  if (await copy(checkout, invoice)) {
    checkout.view.tell('')
    checkout.view.fill('copied', 'Copied')
    setTimeout(() => checkout.view.fill('copied', 'Copy invoice'), 2000)
    return
  }
  checkout.view.tell('This browser does not let the page copy. The invoice is selected below: copy it by hand.')
  checkout.view.selectInvoice()
}

async function copy({ view }: Checkout, text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    view.fill('say', 'Copied.')
    return true
  } catch {
    return false
  }
}

/** A wallet's word is not money: the page says so and waits, unless the wallet shows the proof. */
async function pay(checkout: Checkout, ask: (invoice: string) => Promise<PaymentAnswer>): Promise<void> {
  const purchase = purchaseOf(checkout)
  if (!purchase || checkout.state().view !== 'waiting') return
  checkout.view.tell('')
  const answer = await ask(purchase.invoice)
  if (answer.kind === 'not_paid') {
    checkout.view.tell(answer.message)
    return
  }
  checkout.send({ kind: 'said_paid', nowMs: Date.now() })
  const macaroon = macaroonOf(purchase.challenge)
  const { preimage } = answer
  if (preimage && macaroon && (await proofFits(preimage, purchase.paymentHash)))
    await checkout.open(`${macaroon}:${preimage}`)
}

/** The token this browser holds and the proof from the wallet are together the receipt. */
async function checkProof(checkout: Checkout, form: HTMLFormElement): Promise<void> {
  const field = form.elements.namedItem('preimage')
  if (!(field instanceof HTMLInputElement)) return
  const purchase = purchaseOf(checkout)
  const proof = readProof(field.value)
  const fault = await findFault(checkout, purchase, proof)
  checkout.view.fill('proof-fault', fault ?? '')
  if (fault === null) field.removeAttribute('aria-invalid')
  else {
    field.setAttribute('aria-invalid', 'true')
    field.focus()
  }
}

async function findFault(checkout: Checkout, purchase: Purchase | null, proof: string | null): Promise<string | null> {
  const macaroon = purchase && macaroonOf(purchase.challenge)
  if (proof === null) return 'Nothing was charged. A payment proof has 64 characters, 0 to 9 and a to f.'
  if (!purchase || !macaroon) return 'Nothing was charged. This browser holds no invoice; use Restore instead.'
  if (!(await proofFits(proof, purchase.paymentHash)))
    return 'Nothing was charged. This proof belongs to another invoice.'
  return checkout.open(`${macaroon}:${proof}`)
}
