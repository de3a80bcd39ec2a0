/** The one port through which everything of ours speaks to a Lightning node; no type of it carries a preimage except `revealPreimage`. */

import { type Code, Fault } from '#lib/errors.ts'
import type { PaymentHash, Preimage } from '#lib/l402/preimage.ts'
import type { Msat } from '#lib/money.ts'

/** Memos of our invoices begin with this word and the deployment's mark, so that a shared node's other invoices are told apart. */
export const MEMO_MARK = 'satstile '

/** What `createInvoice` learned: nothing here opens anything. */
export interface CreatedInvoice {
  readonly paymentHash: PaymentHash
  /** BOLT 11, as the node signed it. */
  readonly invoice: string
  /** Place in the node's order of creation, rising, from 1. */
  readonly addIndex: bigint
}

/** `held`: paid, but the node has not let the payment through; we never make such an invoice. */
export type InvoiceState = 'open' | 'settled' | 'canceled' | 'held'

/** One invoice as the node sees it now. */
export interface InvoiceUpdate {
  readonly paymentHash: PaymentHash
  readonly state: InvoiceState
  /** What arrived, which may be more than was asked; 0 while open. */
  readonly receivedMsat: Msat
  /** Place in the node's order of settlement, strictly rising, from 1; `null` until settled. */
  readonly settleIndex: bigint | null
  readonly settledAt: Date | null
  readonly addIndex: bigint
  readonly memo: string
  /** When it stops being payable; the node cancels it soon after. */
  readonly expiresAt: Date
}

export interface LightningBackend {
  readonly kind: 'lnd'
  /** Identity key of the node, 33 bytes; asked once per connection. */
  getNodeKey(): Promise<Uint8Array>
  /** A new invoice over a fixed amount above zero; `memo` at most 639 bytes, `expirySeconds` from now. */
  createInvoice(input: { amountMsat: Msat; memo: string; expirySeconds: number }): Promise<CreatedInvoice>
  /** `null`: the node does not know this payment hash (it may have pruned it). */
  lookupInvoice(paymentHash: PaymentHash): Promise<InvoiceUpdate | null>
  /** At most `limit` invoices in order of creation after `afterAddIndex`; `lastAddIndex` is where the next page begins. */
  listInvoices(input: {
    afterAddIndex: bigint
    limit: number
  }): Promise<{ invoices: InvoiceUpdate[]; lastAddIndex: bigint }>
  /** The preimage of a settled invoice, for the claim exchange only, never stored or logged; `null` when it is not settled. */
  revealPreimage(paymentHash: PaymentHash): Promise<Preimage | null>
  /**
   * Settlements with an index above `afterSettleIndex`, then live ones, until `signal` aborts (ends quietly) or the
   * stream breaks (throws `LightningFault`). With 0 the node replays nothing: only live ones come. Updates may come
   * twice; gaps are the reader's to notice.
   */
  watchInvoices(input: {
    afterSettleIndex: bigint
    signal: AbortSignal
    onOpen?: () => void
  }): AsyncIterable<InvoiceUpdate>
  close(): void
}

/** Ways a node fails us; all of them leave money where it is. */
export type LightningCode = Extract<Code, `lightning.${string}`>

/** The node is away (`unavailable`), too slow (`timeout`), or says no (`refused`). Every backend throws only this. */
export class LightningFault extends Fault {
  declare readonly code: LightningCode

  constructor(code: LightningCode, message: string, options: { cause?: unknown } = {}) {
    super(code, message, options)
    this.name = 'LightningFault'
  }
}
