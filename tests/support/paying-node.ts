/** A node that pays by a plan of its own, for histories of payouts: it keeps the truth, and counts how often it was told of a hash. */
import { randomBytes } from 'node:crypto'
import { encodeHex } from '#lib/l402/bytes.ts'
import type { PaymentHash, Preimage } from '#lib/l402/preimage.ts'
import { LightningFault } from '#lib/lightning/backend.ts'
import type { LightningPayer, PaymentState } from '#lib/lightning/payer.ts'
import { msat } from '#lib/money.ts'

/** What becomes of the next payment: `lost` ones are answered by a broken stream, and `never` does not reach the node. */
export type Fate = 'pays' | 'fails' | 'pays-lost' | 'fails-lost' | 'hangs' | 'never'

export interface PayingNode extends LightningPayer {
  readonly sends: Map<string, number>
  readonly payments: Map<string, PaymentState>
  plan(fate: Fate): void
  /** What hangs comes to its end. */
  settle(how: 'succeeded' | 'failed'): void
}

export function createPayingNode(hashOf: (invoice: string) => PaymentHash, feeMsat = 1_234n): PayingNode {
  const sends = new Map<string, number>()
  const payments = new Map<string, PaymentState>()
  let fate: Fate = 'pays'
  const paid = (): PaymentState => ({
    kind: 'succeeded',
    feeMsat: msat(feeMsat),
    preimage: randomBytes(32) as unknown as Preimage,
  })
  const failed: PaymentState = { kind: 'failed', reason: 'no_route' }
  return {
    sends,
    payments,
    plan(next) {
      fate = next
    },
    settle(how) {
      for (const [hash, { kind }] of payments)
        if (kind === 'in-flight') payments.set(hash, how === 'failed' ? failed : paid())
    },
    getId: () => Promise.resolve('lnd:02'),
    async payInvoice({ invoice, onTaken }) {
      const hash = encodeHex(hashOf(invoice))
      sends.set(hash, (sends.get(hash) ?? 0) + 1)
      const broken = new LightningFault('lightning.unavailable', 'the stream broke')
      if (fate === 'never') throw broken
      onTaken()
      const state: PaymentState = fate === 'hangs' ? { kind: 'in-flight' } : fate.startsWith('pays') ? paid() : failed
      payments.set(hash, state)
      if (fate.endsWith('lost') || state.kind === 'in-flight') throw broken
      return state
    },
    trackPayment: (hash) => Promise.resolve(payments.get(encodeHex(hash)) ?? null),
    listPayments: () => Promise.resolve([]),
    close: () => undefined,
  }
}
