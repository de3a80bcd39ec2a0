/** The acts of the node: each is decided at once in memory, written to the log, and only then told to anybody. */
import { randomBytes } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { publicKeyOf, writeInvoice } from './bolt11.ts'
import type { Faults } from './fault-plan.ts'
import type { Journal } from './journal.ts'
import { applyRecord, hashOf, type Invoice, type Ledger, type LogRecord, type Party, type Payment } from './ledger.ts'

/** gRPC status numbers this node answers with. */
export const STATUS = { unknown: 2, invalidArgument: 3, notFound: 5, alreadyExists: 6, unavailable: 14 } as const

/** The node says no, with lnd's status and words. */
export class Refused extends Error {
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.name = 'Refused'
    this.code = code
  }
}

export interface NodeKeys {
  readonly nodeSecret: Buffer
  readonly walletSecret: Buffer
  readonly rootKey: Buffer
}

interface NodeEvents {
  invoice: [invoice: Invoice]
  payment: [payment: Payment]
}

export interface NodeParts {
  readonly ledger: Ledger
  readonly journal: Journal<LogRecord>
  readonly keys: NodeKeys
  readonly faults: Faults
  readonly nowMs: () => number
}

export interface NodeState extends NodeParts {
  readonly nodeKey: Buffer
  readonly walletKey: Buffer
  /** Told after the record of the change is on disk. */
  readonly events: EventEmitter<NodeEvents>
  nowSeconds(): number
  /** Decides now, resolves when it is on disk and was told. */
  commit(record: LogRecord): Promise<void>
}

export function createNode(parts: NodeParts): NodeState {
  const events = new EventEmitter<NodeEvents>()
  events.setMaxListeners(0)
  const { ledger, journal } = parts
  return {
    ...parts,
    nodeKey: publicKeyOf(parts.keys.nodeSecret),
    walletKey: publicKeyOf(parts.keys.walletSecret),
    events,
    nowSeconds: () => Math.floor(parts.nowMs() / 1000),
    async commit(record) {
      applyRecord(ledger, record)
      const hash = record.type === 'added' ? hashOf(record.preimage) : record.type === 'node' ? null : record.hash
      const invoice = hash === null ? undefined : ledger.invoices.get(hash)
      const payment = hash === null ? undefined : ledger.payments.get(hash)
      await journal.append(record)
      if (invoice?.owner === 'node' && record.type !== 'sent' && record.type !== 'failed')
        events.emit('invoice', invoice)
      if (payment !== undefined && isPaymentRecord(record)) events.emit('payment', payment)
    },
  }
}

const isPaymentRecord = (record: LogRecord) => ['sent', 'paid', 'failed'].includes(record.type)

export interface NewInvoice {
  readonly owner: Party
  readonly memo: string
  readonly descriptionHash: Buffer | null
  /** `null`: any amount. */
  readonly amountMsat: bigint | null
  readonly expirySeconds: number
  /** `null`: random. */
  readonly preimage: Buffer | null
  readonly isPrivate: boolean
}

/** Makes, signs and records an invoice. Refuses a payment hash that was there before. */
export async function addInvoice(node: NodeState, input: NewInvoice): Promise<Invoice> {
  const preimage = (input.preimage ?? randomBytes(32)).toString('hex')
  const hash = hashOf(preimage)
  if (node.ledger.invoices.has(hash)) throw new Refused(STATUS.unknown, 'invoice with payment hash already exists')
  const paymentAddr = randomBytes(32)
  const createdAt = node.nowSeconds()
  const terms = {
    paymentHash: Buffer.from(hash, 'hex'),
    paymentAddr,
    amountMsat: input.amountMsat,
    description: input.memo,
    descriptionHash: input.descriptionHash,
    createdAtSeconds: createdAt,
    expirySeconds: input.expirySeconds,
  }
  const secret = input.owner === 'node' ? node.keys.nodeSecret : node.keys.walletSecret
  await node.commit({
    type: 'added',
    owner: input.owner,
    addIndex: input.owner === 'node' ? node.ledger.rows.length + 1 : 0,
    preimage,
    paymentAddr: paymentAddr.toString('hex'),
    request: writeInvoice(terms, secret),
    memo: input.memo,
    descriptionHash: input.descriptionHash?.toString('hex') ?? null,
    amountMsat: input.amountMsat === null ? null : String(input.amountMsat),
    createdAt,
    expiry: input.expirySeconds,
    isPrivate: input.isPrivate,
  })
  return getInvoice(node, hash)
}

/** The invoice as it stands; refuses an unknown hash the way lnd does. */
export function getInvoice(node: NodeState, hash: string): Invoice {
  const invoice = node.ledger.invoices.get(hash)
  if (invoice === undefined) throw new Refused(STATUS.notFound, 'unable to locate invoice')
  return invoice
}

/** Cancels an open invoice; a canceled one stays so, a settled one refuses. */
export async function cancelInvoice(node: NodeState, hash: string): Promise<void> {
  const invoice = getInvoice(node, hash)
  if (invoice.state === 'SETTLED') throw new Refused(STATUS.unknown, 'invoice already settled')
  if (invoice.state === 'OPEN') await node.commit({ type: 'canceled', hash, at: node.nowSeconds() })
  else await node.journal.flushed()
}

/** Cancels what has expired; called once a second. */
export async function cancelExpired(node: NodeState): Promise<void> {
  if (node.faults.plan().payAfterExpiry) return
  const now = node.nowSeconds()
  const due = [...node.ledger.expiring.keys()].filter((second) => second <= now)
  for (const second of due) {
    const hashes = node.ledger.expiring.get(second) ?? []
    node.ledger.expiring.delete(second)
    const open = hashes.filter((hash) => node.ledger.invoices.get(hash)?.state === 'OPEN')
    await Promise.all(open.map((hash) => node.commit({ type: 'canceled', hash, at: now })))
  }
}

/** The next settle index: rising always, and with holes when the plan says so. */
export function nextSettleIndex(node: NodeState): number {
  const gap = node.faults.chance(node.faults.plan().settleGapRate) ? 1 : 0
  return node.ledger.lastSettleIndex + 1 + gap
}
