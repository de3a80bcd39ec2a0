/** Money on the move: the wallet pays the node's invoices, the node pays the wallet's; one hash is paid once. */
import { type ReadInvoice, readInvoice } from './bolt11.ts'
import type { FailureReason, Invoice, Payment } from './ledger.ts'
import { type NodeState, nextSettleIndex, Refused, STATUS } from './node.ts'

export type WalletPayment =
  | { readonly kind: 'paid'; readonly invoice: Invoice; readonly isRepeat: boolean }
  /** `field` names the member of the request that stands in the way. */
  | { readonly kind: 'refused'; readonly field: 'invoice' | 'amount_msat'; readonly why: string }

const refuse = (why: string, field: 'invoice' | 'amount_msat' = 'invoice'): WalletPayment => ({
  kind: 'refused',
  field,
  why,
})

/**
 * The demo wallet pays an invoice of this node, given in lower case. Paid before: the same answer, no second payment,
 * also when many ask at once, because the decision is made without waiting for anything.
 */
export async function payFromWallet(
  node: NodeState,
  input: { text: string; amountMsat: bigint | null },
): Promise<WalletPayment> {
  const invoice = node.ledger.invoices.get(node.ledger.byRequest.get(input.text) ?? '')
  if (invoice === undefined || invoice.owner !== 'node') return refuse(whyUnknown(input.text))
  if (invoice.state === 'SETTLED') {
    await node.journal.flushed()
    return { kind: 'paid', invoice, isRepeat: true }
  }
  const unpayable = whyUnpayable(node, invoice)
  if (unpayable !== null) return refuse(unpayable)
  const amountMsat = amountToSend(node, invoice, input.amountMsat)
  if (typeof amountMsat === 'string') return refuse(amountMsat, 'amount_msat')
  if (amountMsat > node.ledger.remoteMsat) return refuse('The demo wallet does not have that much.')
  const settleIndex = nextSettleIndex(node)
  const record = { type: 'settled', hash: invoice.hash, settleIndex, amountMsat: String(amountMsat) } as const
  await node.commit({ ...record, at: node.nowSeconds() })
  return { kind: 'paid', invoice: node.ledger.invoices.get(invoice.hash) ?? invoice, isRepeat: false }
}

/** The exact text decides: the hash alone is public, and whoever changes an amount cannot sign for this node. */
function whyUnknown(text: string): string {
  const reading = readInvoice(text)
  if (reading.kind === 'refused') return reading.why
  return 'This invoice is not of the dev node that runs here; the demo wallet reaches no other.'
}

function whyUnpayable(node: NodeState, invoice: Invoice): string | null {
  if (invoice.state === 'CANCELED') return 'This invoice was canceled. No money moved; ask for a new one.'
  const isOver = invoice.createdAt + invoice.expiry <= node.nowSeconds() && !node.faults.plan().payAfterExpiry
  return isOver ? 'This invoice ran out. No money moved; ask for a new one.' : null
}

/** A sentence when no amount fits. More than was asked is allowed, as on the network; less is not. */
function amountToSend(node: NodeState, invoice: Invoice, wanted: bigint | null): bigint | string {
  if (invoice.amountMsat === null) return wanted ?? 'This invoice names no amount; say how many millisatoshi to pay.'
  if (wanted !== null && wanted < invoice.amountMsat) return 'This is less than the invoice asks for.'
  const base = wanted ?? invoice.amountMsat
  return base + (base * BigInt(Math.round(node.faults.plan().overpayPpm))) / 1_000_000n
}

export interface SendRequest {
  readonly request: string
  /** Only for an invoice without amount; `null`: the invoice's own. */
  readonly amountMsat: bigint | null
  readonly feeLimitMsat: bigint
  readonly allowSelfPayment: boolean
}

/** Starts a payment of the node's. It goes on whatever becomes of the caller; follow it by its events. */
export async function sendPayment(node: NodeState, input: SendRequest): Promise<Payment> {
  const reading = readInvoice(input.request)
  if (reading.kind === 'refused') throw new Refused(STATUS.unknown, `invalid payment request: ${reading.why}`)
  const { invoice } = reading
  const hash = invoice.paymentHash.toString('hex')
  const amountMsat = checkSend(node, invoice, input)
  const before = node.ledger.payments.get(hash)
  if (before?.status === 'SUCCEEDED') throw new Refused(STATUS.alreadyExists, 'invoice is already paid')
  if (before?.status === 'IN_FLIGHT') throw new Refused(STATUS.alreadyExists, 'payment is in transition')
  await node.commit({
    type: 'sent',
    hash,
    index: node.ledger.lastPaymentIndex + 1,
    request: input.request.toLowerCase(),
    amountMsat: String(amountMsat),
    feeLimitMsat: String(input.feeLimitMsat),
    at: node.nowSeconds(),
  })
  return getPayment(node, hash)
}

function checkSend(node: NodeState, invoice: ReadInvoice, input: SendRequest): bigint {
  if (invoice.createdAtSeconds + invoice.expirySeconds <= node.nowSeconds()) {
    throw new Refused(STATUS.unknown, 'invoice expired')
  }
  if (invoice.destination.equals(node.nodeKey) && !input.allowSelfPayment) {
    throw new Refused(STATUS.unknown, 'self-payments not allowed')
  }
  if (invoice.amountMsat !== null && input.amountMsat !== null) {
    throw new Refused(STATUS.unknown, 'amount must not be specified when paying a non-zero amount invoice')
  }
  const amountMsat = invoice.amountMsat ?? input.amountMsat
  if (amountMsat === null)
    throw new Refused(STATUS.unknown, 'amount must be specified when paying a zero amount invoice')
  return amountMsat
}

export function getPayment(node: NodeState, hash: string): Payment {
  const payment = node.ledger.payments.get(hash)
  if (payment === undefined) throw new Refused(STATUS.notFound, "payment isn't initiated")
  return payment
}

/** Brings every payment in flight to its end, unless the plan holds them; called after a send and once a second. */
export async function resolvePayments(node: NodeState): Promise<void> {
  if (node.faults.plan().stuckPayments) return
  const inFlight = [...node.ledger.payments.values()].filter((payment) => payment.status === 'IN_FLIGHT')
  await Promise.all(inFlight.map((payment) => resolvePayment(node, payment)))
}

function resolvePayment(node: NodeState, payment: Payment): Promise<void> {
  const at = node.nowSeconds()
  const plan = node.faults.plan()
  const feeMsat = BigInt(Math.round(plan.routingFeeMsat))
  const invoice = node.ledger.invoices.get(payment.hash)
  const reason = whyFailed(node, { payment, invoice, feeMsat })
  if (reason !== null || invoice === undefined) {
    return node.commit({ type: 'failed', hash: payment.hash, reason: reason ?? 'FAILURE_REASON_NO_ROUTE', at })
  }
  const settleIndex = invoice.owner === 'node' ? nextSettleIndex(node) : 0
  const paid = { type: 'paid', hash: payment.hash, preimage: invoice.preimage, feeMsat: String(feeMsat) } as const
  return node.commit({ ...paid, settleIndex, at })
}

function whyFailed(
  node: NodeState,
  { payment, invoice, feeMsat }: { payment: Payment; invoice: Invoice | undefined; feeMsat: bigint },
): FailureReason | null {
  if (node.faults.chance(node.faults.plan().failPaymentRate)) return 'FAILURE_REASON_NO_ROUTE'
  if (invoice === undefined || feeMsat > payment.feeLimitMsat) return 'FAILURE_REASON_NO_ROUTE'
  const isAsked = invoice.state === 'OPEN' && invoice.request === payment.request
  if (!isAsked) return 'FAILURE_REASON_INCORRECT_PAYMENT_DETAILS'
  const isCovered = node.ledger.localMsat >= payment.amountMsat + feeMsat
  return isCovered ? null : 'FAILURE_REASON_INSUFFICIENT_BALANCE'
}
