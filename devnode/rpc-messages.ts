/** What the node knows, in lnd's messages; and lnd's requests, read field by field. */

import { FINAL_CLTV_DELTA } from './bolt11.ts'
import type { FaultPlan } from './fault-plan.ts'
import type { Invoice, Payment } from './ledger.ts'
import { Refused, STATUS } from './node.ts'
import type { Message } from './schema.ts'

const bytes = (hex: string) => Buffer.from(hex, 'hex')
const sats = (msat: bigint) => String(msat / 1000n)

/** An `lnrpc.Invoice`. The preimage is in it once settled; before that, and never, by the plan. */
export function invoiceMessage(invoice: Invoice, plan: FaultPlan): Message {
  const isShown = !plan.withholdPreimage && (invoice.state === 'SETTLED' || plan.earlyPreimage)
  return {
    memo: invoice.memo,
    r_preimage: isShown ? bytes(invoice.preimage) : Buffer.alloc(0),
    r_hash: bytes(invoice.hash),
    value: sats(invoice.amountMsat ?? 0n),
    value_msat: String(invoice.amountMsat ?? 0n),
    settled: invoice.state === 'SETTLED',
    creation_date: String(invoice.createdAt),
    settle_date: String(invoice.settledAt),
    payment_request: invoice.request,
    description_hash: bytes(invoice.descriptionHash ?? ''),
    expiry: String(invoice.expiry),
    cltv_expiry: String(FINAL_CLTV_DELTA),
    private: invoice.isPrivate,
    add_index: String(invoice.addIndex),
    settle_index: String(invoice.settleIndex),
    amt_paid: String(invoice.paidMsat),
    amt_paid_sat: sats(invoice.paidMsat),
    amt_paid_msat: String(invoice.paidMsat),
    state: invoice.state,
    payment_addr: bytes(invoice.paymentAddr),
  }
}

/** An `lnrpc.Payment`. */
export function paymentMessage(payment: Payment): Message {
  return {
    payment_hash: payment.hash,
    value: sats(payment.amountMsat),
    value_sat: sats(payment.amountMsat),
    value_msat: String(payment.amountMsat),
    creation_date: String(payment.sentAt),
    creation_time_ns: String(BigInt(payment.sentAt) * 1_000_000_000n),
    fee: sats(payment.feeMsat),
    fee_sat: sats(payment.feeMsat),
    fee_msat: String(payment.feeMsat),
    payment_preimage: payment.preimage ?? '0'.repeat(64),
    payment_request: payment.request,
    status: payment.status,
    payment_index: String(payment.index),
    failure_reason: payment.reason ?? 'FAILURE_REASON_NONE',
  }
}

/** A 64-bit field. */
export const readInt = (request: Message, field: string): bigint => BigInt(String(request[field] ?? 0))

/** `<name>_msat`, or `<satsName>` in whole satoshi; `null`: neither. lnd refuses both at once and anything negative. */
export function readAmount(request: Message, field: { sats: string; msat: string }): bigint | null {
  const inSats = readInt(request, field.sats)
  const inMsat = readInt(request, field.msat)
  if (inSats !== 0n && inMsat !== 0n) throw new Refused(STATUS.unknown, 'sat and msat arguments are mutually exclusive')
  const amount = inMsat !== 0n ? inMsat : inSats * 1000n
  if (amount < 0n) throw new Refused(STATUS.unknown, 'payments of negative value are not allowed')
  return amount === 0n ? null : amount
}

/** A bytes field as hex; empty when it is not there. */
export function readHex(request: Message, field: string): string {
  const value = request[field]
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : ''
}

/** A payment hash of 32 bytes in any of the fields, the first that is there. */
export function readHash(request: Message, fields: readonly string[]): string {
  for (const field of fields) {
    const value = request[field]
    const hex = typeof value === 'string' ? value.toLowerCase() : readHex(request, field)
    if (hex === '') continue
    if (/^[0-9a-f]{64}$/.test(hex)) return hex
    throw new Refused(STATUS.unknown, `payment hash must be exactly 32 bytes, is instead ${hex.length / 2}`)
  }
  throw new Refused(STATUS.unknown, 'payment hash must be exactly 32 bytes, is instead 0')
}
