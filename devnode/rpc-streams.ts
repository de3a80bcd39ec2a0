/** lnd's streams: invoices, one invoice, payments; what is sent was on disk before, and faults touch only what is sent. */
import type { Invoice, Payment } from './ledger.ts'
import { getInvoice, type NodeState, Refused, STATUS } from './node.ts'
import { getPayment, resolvePayments, sendPayment } from './payments.ts'
import { invoiceMessage, paymentMessage, readAmount, readHash, readInt } from './rpc-messages.ts'
import type { Message } from './schema.ts'

/** The writing end of one stream; `onEnd` runs once, whoever ended it. */
export interface Outlet {
  send(message: Message): void
  /** Without a reason the stream ends well. */
  end(reason?: Refused): void
  onEnd(listener: () => void): void
}

export type StreamCall = (node: NodeState, request: Message, outlet: Outlet) => Promise<void>

const REORDER_WAIT_MS = 1000

/**
 * Added and settled invoices, nothing else. Index 0 replays nothing, n replays what is greater; the settled backlog
 * comes by row, not by settle index, as lnd's does on SQL.
 */
export const subscribeInvoices: StreamCall = async (node, request, outlet) => {
  const push = faultyPush(node, outlet)
  const onInvoice = (invoice: Invoice) => {
    if (invoice.state !== 'CANCELED') push(invoice)
  }
  const addedAfter = Number(readInt(request, 'add_index'))
  const settledAfter = Number(readInt(request, 'settle_index'))
  const invoices = node.ledger.rows.map((hash) => getInvoice(node, hash))
  const settled = settledAfter === 0 ? [] : invoices.filter((invoice) => invoice.settleIndex > settledAfter)
  const added = addedAfter === 0 ? [] : invoices.slice(addedAfter)
  // An event whose record is on its way to the disk just now comes live and in the backlog: twice, never not at all.
  node.events.on('invoice', onInvoice)
  outlet.onEnd(() => node.events.off('invoice', onInvoice))
  await node.journal.flushed()
  for (const invoice of [...added, ...settled]) push(invoice)
}

/** Sends through the plan: dropped, doubled, behind the next one, late, or with the stream's end after it. */
function faultyPush(node: NodeState, outlet: Outlet): (invoice: Invoice) => void {
  const { faults } = node
  let held: Invoice | null = null
  const timers = new Set<NodeJS.Timeout>()
  const later = (ms: number, act: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer)
      act()
    }, ms)
    timers.add(timer)
  }
  outlet.onEnd(() => {
    for (const timer of timers) clearTimeout(timer)
  })
  const deliver = (invoice: Invoice) => {
    const copies = faults.chance(faults.plan().doubleRate) ? 2 : 1
    for (let copy = 0; copy < copies; copy++) outlet.send(invoiceMessage(invoice, faults.plan()))
    if (faults.chance(faults.plan().closeStreamRate))
      outlet.end(new Refused(STATUS.unavailable, 'transport is closing'))
  }
  const releaseHeld = () => {
    const released = held
    held = null
    if (released !== null) deliver(released)
  }
  const pass = (invoice: Invoice) => {
    if (held === null && faults.chance(faults.plan().reorderRate)) {
      held = invoice
      later(REORDER_WAIT_MS, releaseHeld)
      return
    }
    deliver(invoice)
    releaseHeld()
  }
  return (invoice) => {
    if (faults.chance(faults.plan().dropRate)) return
    const delayMs = faults.plan().eventDelayMs
    if (delayMs === 0) pass(invoice)
    else later(delayMs, () => pass(invoice))
  }
}

/** One invoice: as it stands now, then at every change, canceled included. */
export const subscribeSingleInvoice: StreamCall = async (node, request, outlet) => {
  const current = getInvoice(node, readHash(request, ['r_hash']))
  await showThenFollow(node, outlet, {
    current,
    event: 'invoice',
    send: (invoice) => outlet.send(invoiceMessage(invoice, node.faults.plan())),
  })
}

interface Following<T> {
  readonly current: T
  readonly event: 'invoice' | 'payment'
  readonly send: (update: T) => void
}

/** The present state once it is on disk, unless a change of it was told meanwhile; then every change. */
async function showThenFollow<T extends { hash: string }>(
  node: NodeState,
  outlet: Outlet,
  { current, event, send }: Following<T>,
): Promise<void> {
  let isTold = false
  const onUpdate = (update: Invoice | Payment) => {
    if (update.hash !== current.hash) return
    isTold = true
    // The name of the event decides which of the two it carries.
    send(update as unknown as T)
  }
  node.events.on(event, onUpdate)
  outlet.onEnd(() => node.events.off(event, onUpdate))
  await node.journal.flushed()
  if (!isTold) send(current)
}

/** Sends, then tells each state until the last. A caller that hangs up stops hearing, not the payment. */
export const sendPaymentV2: StreamCall = async (node, request, outlet) => {
  const feeLimitMsat = readAmount(request, { sats: 'fee_limit_sat', msat: 'fee_limit_msat' }) ?? 0n
  const payment = await sendPayment(node, {
    request: String(request.payment_request ?? ''),
    amountMsat: readAmount(request, { sats: 'amt', msat: 'amt_msat' }),
    feeLimitMsat,
    allowSelfPayment: request.allow_self_payment === true,
  })
  await follow(node, { payment, isQuiet: request.no_inflight_updates === true }, outlet)
  await resolvePayments(node)
}

/** The present state of a payment, then its changes until the last. */
export const trackPaymentV2: StreamCall = async (node, request, outlet) => {
  const payment = getPayment(node, readHash(request, ['payment_hash']))
  await follow(node, { payment, isQuiet: request.no_inflight_updates === true }, outlet)
}

function follow(
  node: NodeState,
  { payment, isQuiet }: { payment: Payment; isQuiet: boolean },
  outlet: Outlet,
): Promise<void> {
  const send = (update: Payment) => {
    if (update.status !== 'IN_FLIGHT' || !isQuiet) outlet.send(paymentMessage(update))
    if (update.status !== 'IN_FLIGHT') outlet.end()
  }
  return showThenFollow(node, outlet, { current: payment, event: 'payment', send })
}

/** Pages by payment index; failed ones and those in flight only when asked for. */
export async function listPayments(node: NodeState, request: Message): Promise<Message> {
  const limit = Number(readInt(request, 'max_payments')) || 100
  const offset = Number(readInt(request, 'index_offset'))
  const isReversed = request.reversed === true
  const wanted = [...node.ledger.payments.values()]
    .filter((payment) => request.include_incomplete === true || payment.status === 'SUCCEEDED')
    .filter((payment) => (isReversed ? offset === 0 || payment.index < offset : payment.index > offset))
    .sort((a, b) => a.index - b.index)
  const page = isReversed ? wanted.slice(-limit) : wanted.slice(0, limit)
  await node.journal.flushed()
  return {
    payments: page.map(paymentMessage),
    first_index_offset: String(page[0]?.index ?? 0),
    last_index_offset: String(page.at(-1)?.index ?? 0),
  }
}
