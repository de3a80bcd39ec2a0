/** Turns lnd's messages into the port's types: whatever does not fit is a fault, and no preimage comes through. */

import { assertInvariant } from '#lib/errors.ts'
import type { PaymentHash } from '#lib/l402/preimage.ts'
import { type Cursor, type FoundInvoice, type InvoiceState, LightningFault } from '#lib/lightning/backend.ts'
import { msat } from '#lib/money.ts'
import type { LndMessage } from './channel.ts'

const STATES: Readonly<Record<string, InvoiceState>> = {
  OPEN: 'open',
  SETTLED: 'settled',
  CANCELED: 'canceled',
  ACCEPTED: 'held',
}

/** An `lnrpc.Invoice` without its secrets. */
export function readInvoiceMessage(message: LndMessage): FoundInvoice {
  const state = STATES[String(message.state)] ?? misread('state')
  const settleIndex = readUint(message, 'settle_index')
  const settledAtSeconds = readUint(message, 'settle_date')
  const isSettled = state === 'settled'
  return {
    paymentHash: readBytes(message, 'r_hash', 32) as PaymentHash,
    state,
    receivedMsat: msat(readUint(message, 'amt_paid_msat')),
    settleCursor: isSettled && settleIndex > 0n ? formatCursor(settleIndex) : null,
    settledAt: isSettled && settledAtSeconds > 0n ? dateOf(settledAtSeconds) : null,
    listCursor: formatCursor(readUint(message, 'add_index')),
    memo: String(message.memo),
    invoice: String(message.payment_request).toLowerCase(),
    expiresAt: dateOf(readUint(message, 'creation_date') + readUint(message, 'expiry')),
  }
}

/** lnd counts with 64 bits, from 1: at most 20 digits, padded so that text sorts as the numbers do. */
const CURSOR_DIGITS = 20

/** One of lnd's indexes as a cursor. */
export function formatCursor(index: bigint): Cursor {
  return index.toString().padStart(CURSOR_DIGITS, '0')
}

/** The index in a cursor, as lnd's protocol wants it; 0, before all of them, for `null`. */
export function readCursor(cursor: Cursor | null): string {
  if (cursor === null) return '0'
  assertInvariant(/^\d{20}$/.test(cursor), 'a cursor goes back to the kind of backend that gave it')
  return BigInt(cursor).toString()
}

/** What `lnrpc.GetInfoResponse` says of the node: its key, 33 bytes in hex, and its network's name. */
export function readIdentity(message: LndMessage): { key: string; network: string } {
  const key = String(message.identity_pubkey)
  if (!/^0[23][0-9a-f]{64}$/.test(key)) misread('identity_pubkey')
  const [chain] = Array.isArray(message.chains) ? (message.chains as LndMessage[]) : []
  return { key, network: String(chain?.network ?? 'unknown') }
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
