/** Turns lnd's messages into the port's types: whatever does not fit is a fault, and no preimage comes through. */

import type { PaymentHash } from '#lib/l402/preimage.ts'
import { msat } from '#lib/money.ts'
import { type InvoiceState, type InvoiceUpdate, LightningFault } from './backend.ts'
import type { LndMessage } from './lnd-channel.ts'

const STATES: Readonly<Record<string, InvoiceState>> = {
  OPEN: 'open',
  SETTLED: 'settled',
  CANCELED: 'canceled',
  ACCEPTED: 'held',
}

/** An `lnrpc.Invoice` without its secrets. */
export function readInvoiceMessage(message: LndMessage): InvoiceUpdate {
  const state = STATES[String(message.state)] ?? misread('state')
  const settleIndex = readUint(message, 'settle_index')
  const settledAtSeconds = readUint(message, 'settle_date')
  const isSettled = state === 'settled'
  return {
    paymentHash: readBytes(message, 'r_hash', 32) as PaymentHash,
    state,
    receivedMsat: msat(readUint(message, 'amt_paid_msat')),
    settleIndex: isSettled && settleIndex > 0n ? settleIndex : null,
    settledAt: isSettled && settledAtSeconds > 0n ? dateOf(settledAtSeconds) : null,
    addIndex: readUint(message, 'add_index'),
    memo: String(message.memo),
    expiresAt: dateOf(readUint(message, 'creation_date') + readUint(message, 'expiry')),
  }
}

/** What `lnrpc.GetInfoResponse` says of the node: its key, 33 bytes, and its network's name. */
export function readIdentity(message: LndMessage): { key: Uint8Array; network: string } {
  const hex = String(message.identity_pubkey)
  if (!/^0[23][0-9a-f]{64}$/.test(hex)) misread('identity_pubkey')
  const [chain] = Array.isArray(message.chains) ? (message.chains as LndMessage[]) : []
  return { key: new Uint8Array(Buffer.from(hex, 'hex')), network: String(chain?.network ?? 'unknown') }
}

/** A 64-bit number that is not negative, exactly. */
export function readUint(message: LndMessage, field: string): bigint {
  const text = message[field]
  return typeof text === 'string' && /^\d{1,20}$/.test(text) ? BigInt(text) : misread(field)
}

/** A copy of exactly `length` bytes. */
export function readBytes(message: LndMessage, field: string, length: number): Uint8Array {
  const bytes = message[field]
  return bytes instanceof Uint8Array && bytes.length === length ? new Uint8Array(bytes) : misread(field)
}

/** JavaScript dates end at 8.64e15 ms; an lnd expiry can be absurd, and is then simply far away. */
const LAST_DATE_SECONDS = 8_640_000_000_000n

function dateOf(seconds: bigint): Date {
  return new Date(Number(seconds < LAST_DATE_SECONDS ? seconds : LAST_DATE_SECONDS) * 1000)
}

function misread(field: string): never {
  throw new LightningFault('lightning.refused', `the node's ${field} is not what lnd's protocol says`)
}
