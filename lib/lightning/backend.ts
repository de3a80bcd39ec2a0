/** The one port through which everything of ours speaks to a Lightning node; no type of it carries a preimage except `revealPreimage`. */

import { type Code, Fault } from '#lib/errors.ts'
import type { PaymentHash, Preimage } from '#lib/l402/preimage.ts'
import type { Msat } from '#lib/money.ts'

/** Memos of our invoices begin with this word, then the service, so that a shared node's other invoices are told apart. */
export const MEMO_MARK = 'satstile '

/**
 * Names a node or wallet for ever, whoever asks: the name of its kind in lower case, a colon, and what only it is
 * called, at most 200 printable ASCII characters. Stands in the row of every invoice that it made.
 */
export type BackendId = string

/**
 * A place in an order that a backend keeps: printable ASCII that sorts bytewise as the backend counts. Only the backend
 * that gave it can read it; everybody else compares and stores it.
 */
export type Cursor = string

/** What `createInvoice` learned: nothing here opens anything. */
export interface CreatedInvoice {
  readonly paymentHash: PaymentHash
  /** BOLT 11, as the node signed it. */
  readonly invoice: string
  /** Place in the backend's order of creation. */
  readonly listCursor: Cursor
}

/** `held`: paid, but the node has not let the payment through; we never make such an invoice. */
export type InvoiceState = 'open' | 'settled' | 'canceled' | 'held'

/** One invoice as the node sees it now. */
export interface InvoiceUpdate {
  readonly paymentHash: PaymentHash
  readonly state: InvoiceState
  /** What arrived, which may be more than was asked; 0 while open. */
  readonly receivedMsat: Msat
  /** Place in the backend's order of settlement, strictly rising; `null` until settled. */
  readonly settleCursor: Cursor | null
  readonly settledAt: Date | null
  /** Place in the backend's order of creation. */
  readonly listCursor: Cursor
  readonly memo: string
  /** When it stops being payable; the node cancels it soon after. */
  readonly expiresAt: Date
}

/** An invoice that was asked for by hash or read from the list: also as its node signed it. */
export interface FoundInvoice extends InvoiceUpdate {
  /** BOLT 11 in lower case. */
  readonly invoice: string
}

/** A part of a backend's list. */
export interface InvoicePage {
  readonly invoices: readonly FoundInvoice[]
  /** What the following page comes after; the same as before when there is none. */
  readonly next: Cursor | null
}

/** What a backend can do besides making an invoice and looking one up; what it cannot do is never asked of it. */
interface Capabilities {
  /** `listInvoices`: without it a sweep looks up every row by its hash, and no audit reads its list. */
  readonly list: boolean
  /** `watchInvoices`: without it settlements are found by sweeps and look-ups. */
  readonly watch: boolean
  /** `revealPreimage`: without it every claim is answered with a receipt. */
  readonly reveal: boolean
}

export interface LightningBackend {
  readonly capabilities: Capabilities
  /** Asks the node who it is, once per connection. */
  getId(): Promise<BackendId>
  /** A new invoice over a fixed amount above zero; `memo` at most 639 bytes, `expirySeconds` from now. */
  createInvoice(input: { amountMsat: Msat; memo: string; expirySeconds: number }): Promise<CreatedInvoice>
  /** `null`: the node does not know this payment hash (it may have pruned it). */
  lookupInvoice(paymentHash: PaymentHash): Promise<FoundInvoice | null>
  /** At most `limit` invoices in order of creation after `after` (`null`: from the first). */
  listInvoices(input: { after: Cursor | null; limit: number }): Promise<InvoicePage>
  /** The preimage of a settled invoice, for the claim exchange only, never stored or logged; `null` when it is not settled. */
  revealPreimage(paymentHash: PaymentHash): Promise<Preimage | null>
  /**
   * Settlements after `after`, then live ones, until `signal` aborts (ends quietly) or the stream breaks (throws
   * `LightningFault`). With `null` nothing is replayed: only live ones come. Updates may come twice; gaps are the
   * reader's to notice.
   */
  watchInvoices(input: { after: Cursor | null; signal: AbortSignal; onOpen?: () => void }): AsyncIterable<InvoiceUpdate>
  close(): void
}

/** The backends that this process is connected to; made by registry.ts. */
export interface Backends {
  /** Whose invoices the readers of this creator pay. */
  getForCreator(creatorId: string): LightningBackend
  /**
   * The backend that a row names. `null`: none of ours, so nobody may be asked about that row. Throws `LightningFault`
   * when a backend that does not answer may be the one.
   */
  find(id: BackendId): Promise<LightningBackend | null>
  list(): readonly LightningBackend[]
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
