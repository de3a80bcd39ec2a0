/** What the node knows, as the sum of its records: applying the same records gives the same state, now and after a restart. */
import { createHash } from 'node:crypto'

/** The node sells, the wallet next to it buys; one channel joins them. */
export type Party = 'node' | 'wallet'
export type FailureReason =
  | 'FAILURE_REASON_NO_ROUTE'
  | 'FAILURE_REASON_INCORRECT_PAYMENT_DETAILS'
  | 'FAILURE_REASON_INSUFFICIENT_BALANCE'

/** One line of the log. Amounts are decimal strings in millisatoshi, times Unix seconds, bytes hex. */
export type LogRecord =
  | {
      readonly type: 'node'
      readonly nodeSecret: string
      readonly walletSecret: string
      readonly rootKey: string
      readonly localMsat: string
      readonly remoteMsat: string
    }
  | {
      readonly type: 'added'
      readonly owner: Party
      readonly addIndex: number
      readonly preimage: string
      readonly paymentAddr: string
      readonly request: string
      readonly memo: string
      readonly descriptionHash: string | null
      readonly amountMsat: string | null
      readonly createdAt: number
      readonly expiry: number
      readonly isPrivate: boolean
    }
  | {
      readonly type: 'settled'
      readonly hash: string
      readonly settleIndex: number
      readonly amountMsat: string
      readonly at: number
    }
  | { readonly type: 'canceled'; readonly hash: string; readonly at: number }
  | {
      readonly type: 'sent'
      readonly hash: string
      readonly index: number
      readonly request: string
      readonly amountMsat: string
      readonly feeLimitMsat: string
      readonly at: number
    }
  | {
      readonly type: 'paid'
      readonly hash: string
      readonly preimage: string
      readonly feeMsat: string
      /** 0 unless the node paid an invoice of its own. */
      readonly settleIndex: number
      readonly at: number
    }
  | { readonly type: 'failed'; readonly hash: string; readonly reason: FailureReason; readonly at: number }

export interface Invoice {
  readonly owner: Party
  readonly hash: string
  readonly preimage: string
  readonly paymentAddr: string
  readonly request: string
  readonly memo: string
  readonly descriptionHash: string | null
  readonly amountMsat: bigint | null
  readonly createdAt: number
  readonly expiry: number
  readonly isPrivate: boolean
  /** 0 for the wallet's own. */
  readonly addIndex: number
  readonly state: 'OPEN' | 'SETTLED' | 'CANCELED'
  readonly settleIndex: number
  readonly settledAt: number
  readonly paidMsat: bigint
}

export interface Payment {
  readonly hash: string
  readonly index: number
  readonly request: string
  readonly amountMsat: bigint
  readonly feeLimitMsat: bigint
  readonly sentAt: number
  readonly status: 'IN_FLIGHT' | 'SUCCEEDED' | 'FAILED'
  readonly preimage: string | null
  readonly feeMsat: bigint
  readonly reason: FailureReason | null
}

export interface Ledger {
  readonly invoices: Map<string, Invoice>
  /** Hash by the text of the invoice: a text that is known needs no reading. */
  readonly byRequest: Map<string, string>
  /** Hashes of the node's own invoices: place n holds add index n + 1. */
  readonly rows: string[]
  readonly payments: Map<string, Payment>
  /** Hashes of invoices the wallet paid, oldest first. */
  readonly walletPayments: string[]
  /** Open invoices by the second in which they expire. */
  readonly expiring: Map<number, string[]>
  localMsat: bigint
  remoteMsat: bigint
  lastSettleIndex: number
  lastPaymentIndex: number
}

export function emptyLedger(): Ledger {
  return {
    invoices: new Map(),
    byRequest: new Map(),
    rows: [],
    payments: new Map(),
    walletPayments: [],
    expiring: new Map(),
    localMsat: 0n,
    remoteMsat: 0n,
    lastSettleIndex: 0,
    lastPaymentIndex: 0,
  }
}

/** Takes one record into the ledger. A record that contradicts it throws: the log is not this node's. */
export function applyRecord(ledger: Ledger, record: LogRecord): void {
  switch (record.type) {
    case 'node':
      ledger.localMsat = BigInt(record.localMsat)
      ledger.remoteMsat = BigInt(record.remoteMsat)
      return
    case 'added':
      applyAdded(ledger, record)
      return
    case 'settled':
      settle(ledger, record)
      ledger.walletPayments.push(record.hash)
      moveToNode(ledger, BigInt(record.amountMsat))
      return
    case 'canceled':
      ledger.invoices.set(record.hash, { ...invoiceOf(ledger, record.hash), state: 'CANCELED' })
      return
    case 'sent':
      applySent(ledger, record)
      return
    case 'paid':
      applyPaid(ledger, record)
      return
    case 'failed':
      ledger.payments.set(record.hash, { ...paymentOf(ledger, record.hash), status: 'FAILED', reason: record.reason })
  }
}

type RecordOf<T extends LogRecord['type']> = Extract<LogRecord, { type: T }>

export const hashOf = (preimageHex: string) =>
  createHash('sha256').update(Buffer.from(preimageHex, 'hex')).digest('hex')

function applyAdded(ledger: Ledger, record: RecordOf<'added'>): void {
  const hash = hashOf(record.preimage)
  const { type: _, amountMsat, ...rest } = record
  ledger.invoices.set(hash, {
    ...rest,
    hash,
    amountMsat: amountMsat === null ? null : BigInt(amountMsat),
    state: 'OPEN',
    settleIndex: 0,
    settledAt: 0,
    paidMsat: 0n,
  })
  ledger.byRequest.set(record.request, hash)
  if (record.owner === 'node') ledger.rows.push(hash)
  const second = record.createdAt + record.expiry
  const together = ledger.expiring.get(second)
  if (together === undefined) ledger.expiring.set(second, [hash])
  else together.push(hash)
}

function settle(ledger: Ledger, record: { hash: string; settleIndex: number; amountMsat: string; at: number }): void {
  ledger.invoices.set(record.hash, {
    ...invoiceOf(ledger, record.hash),
    state: 'SETTLED',
    settleIndex: record.settleIndex,
    settledAt: record.at,
    paidMsat: BigInt(record.amountMsat),
  })
  ledger.lastSettleIndex = Math.max(ledger.lastSettleIndex, record.settleIndex)
}

/** Negative moves to the wallet. */
function moveToNode(ledger: Ledger, amountMsat: bigint): void {
  ledger.localMsat += amountMsat
  ledger.remoteMsat -= amountMsat
}

function applySent(ledger: Ledger, record: RecordOf<'sent'>): void {
  ledger.lastPaymentIndex = record.index
  ledger.payments.set(record.hash, {
    hash: record.hash,
    index: record.index,
    request: record.request,
    amountMsat: BigInt(record.amountMsat),
    feeLimitMsat: BigInt(record.feeLimitMsat),
    sentAt: record.at,
    status: 'IN_FLIGHT',
    preimage: null,
    feeMsat: 0n,
    reason: null,
  })
}

function applyPaid(ledger: Ledger, record: RecordOf<'paid'>): void {
  const payment = paymentOf(ledger, record.hash)
  const feeMsat = BigInt(record.feeMsat)
  ledger.payments.set(record.hash, { ...payment, status: 'SUCCEEDED', preimage: record.preimage, feeMsat })
  const invoice = invoiceOf(ledger, record.hash)
  settle(ledger, { ...record, amountMsat: String(payment.amountMsat) })
  ledger.localMsat -= feeMsat
  if (invoice.owner === 'wallet') moveToNode(ledger, -payment.amountMsat)
}

function invoiceOf(ledger: Ledger, hash: string): Invoice {
  const invoice = ledger.invoices.get(hash)
  if (invoice === undefined) throw new TypeError(`the log names an invoice that it never added: ${hash}`)
  return invoice
}

function paymentOf(ledger: Ledger, hash: string): Payment {
  const payment = ledger.payments.get(hash)
  if (payment === undefined) throw new TypeError(`the log names a payment that it never sent: ${hash}`)
  return payment
}
