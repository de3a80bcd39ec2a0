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
  /** The token store cannot be read, or cannot keep what would be bought; nothing was paid. */
  | 'store-unreadable'
  | 'store-unwritable'
  /** The payment was made and what followed failed: a `PaidFault`, which has the credential. */
  | 'failed-after-payment'

export class ClientFault extends Error {
  readonly reason: ClientFaultReason

  constructor(reason: ClientFaultReason, message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.name = 'ClientFault'
    this.reason = reason
  }
}

/**
 * Paid, and then the request failed; `cause` says how. `revealCredential` answers `<macaroon>:<preimage>`, with which the
 * request can be repeated as `Authorization: L402 …` without paying again. It is a private field behind a method, so that
 * no log, `console.error` or `JSON.stringify` of the fault prints it: whoever calls it decides where the secret goes.
 */
export class PaidFault extends ClientFault {
  readonly #credential: string

  constructor(credential: string, cause: unknown) {
    const message =
      'paid, but the request failed afterwards; repeat it with the credential of this fault and do not pay again'
    super('failed-after-payment', message, { cause })
    this.name = 'PaidFault'
    this.#credential = credential
  }

  revealCredential(): string {
    return this.#credential
  }
}
