/** The port through which money leaves: only the process of the payouts has one, and no answer of it is final unless the node's own word is. */
import type { PaymentHash, Preimage } from '#lib/l402/preimage.ts'
import type { Msat } from '#lib/money.ts'
import type { BackendId, Cursor } from './backend.ts'

/** What the node says of a payment. The preimage is the payee's proof, not one of ours: it opens nothing that we sell. */
export type PaymentState =
  | { readonly kind: 'succeeded'; readonly feeMsat: Msat; readonly preimage: Preimage }
  /** Final: no part of it is on its way any more. */
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'in-flight' }

/** One payment in the node's own list. */
export interface ListedPayment {
  readonly paymentHash: PaymentHash
  readonly amountMsat: Msat
  readonly state: PaymentState
  readonly listCursor: Cursor
}

export interface PaymentToSend {
  /** BOLT 11, over an amount of its own. */
  readonly invoice: string
  readonly feeCapMsat: Msat
  /** For how long the node looks for routes. */
  readonly timeoutSeconds: number
  /** The node has taken it on. */
  readonly onTaken: () => void
}

export interface LightningPayer {
  getId(): Promise<BackendId>
  /**
   * Sends, and answers the node's final word. Whatever else happens (a deadline, a stream that broke, a refusal to begin)
   * is thrown as `LightningFault`, and means that nothing is known: the payment may still succeed.
   */
  payInvoice(payment: PaymentToSend): Promise<Exclude<PaymentState, { kind: 'in-flight' }>>
  /** `null`: the node knows no payment of this hash now; one that was sent a moment ago may still come. Throws `LightningFault`. */
  trackPayment(paymentHash: PaymentHash): Promise<PaymentState | null>
  /** At most `limit` payments, failed ones and those in flight too, in the node's order after `after`. */
  listPayments(input: { after: Cursor | null; limit: number }): Promise<readonly ListedPayment[]>
  close(): void
}
