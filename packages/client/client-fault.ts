/** Everything that keeps the client from paying or from having paid for something, by reason; no message holds a secret. */
import type { ChallengeFault } from '#lib/l402/challenge.ts'

export type ClientFaultReason =
  /** The 402 has no challenge that can be paid (protocol.md §1.7); nothing was paid. */
  | ChallengeFault
  /** The invoice has no amount, is over, or cannot be read; nothing was paid. */
  | 'invoice-unpayable'
  /** The invoice pays for another token than the one offered; nothing was paid. */
  | 'invoice-foreign'
  /** More than one purchase may cost, or than is left; nothing was paid. */
  | 'over-cap'
  | 'over-budget'
  /** The wallet refused or did not answer. It may have paid: the message says what the wallet said. */
  | 'payment-failed'
  /** The wallet answered with something that does not open the payment hash. */
  | 'preimage-mismatch'

export class ClientFault extends Error {
  readonly reason: ClientFaultReason

  constructor(reason: ClientFaultReason, message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.name = 'ClientFault'
    this.reason = reason
  }
}
