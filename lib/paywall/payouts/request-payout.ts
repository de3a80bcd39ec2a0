/** The dashboard asks for a payout: what was typed is judged for a friendly answer, and judged again by the process that pays. */
import type { Clock } from '#lib/clock.ts'
import { sealSecret } from '#lib/crypto.ts'
import type { Db } from '#lib/db.ts'
import type { InvalidInput } from '#lib/errors.ts'
import { newId } from '#lib/ids.ts'
import { formatSats } from '#lib/money.ts'
import { readBalances } from '#lib/paywall/ledger/ledger-store.ts'
import { readDestination } from './destination.ts'
import { feeCap } from './fee-cap.ts'
import { insertPayout } from './payout-store.ts'
import { payoutContext, plainRecoveryCode, writeProof } from './proof.ts'
import { readSats } from './sats-typed.ts'

export interface RequestPayoutDeps {
  readonly db: Db
  readonly clock: Clock
  readonly network: string
  readonly feePpm: number
  /** Public key for what only the payouts may read. */
  readonly sealKey: Uint8Array
}

export interface PayoutRequest {
  readonly creatorId: string
  readonly userId: string
  readonly destination: string
  /** Whole sats, for an address; an invoice names its own. */
  readonly sats: string
  readonly code: string
}

/** One row, in the zone of the dashboard: no money is set aside yet, and nothing of this zone could. */
export async function requestPayout(
  deps: RequestPayoutDeps,
  { creatorId, userId, destination: typed, sats, code }: PayoutRequest,
): Promise<{ readonly kind: 'asked'; readonly id: string } | InvalidInput> {
  const read = readDestination(typed, { now: deps.clock.now(), network: deps.network })
  if (read.kind === 'refused') return { kind: 'invalid', fields: { destination: read.why } }
  const amountMsat = read.kind === 'invoice' ? read.amountMsat : readSats(sats)
  if (amountMsat === null)
    return { kind: 'invalid', fields: { amount: 'How many sats to pay out: a whole number, 1 or more.' } }
  if (!isCode(code))
    return { kind: 'invalid', fields: { code: 'Six digits from your authenticator, or a recovery code.' } }
  const { text: destination } = read
  const feeCapMsat = feeCap(amountMsat, deps.feePpm)
  const { availableMsat } = await deps.db.asCreator(creatorId, (tx) => readBalances(tx, creatorId))
  if (amountMsat + feeCapMsat > availableMsat) {
    const why = `This asks for ${formatSats(amountMsat)} sats, and its way may cost ${formatSats(feeCapMsat)}; ${formatSats(availableMsat)} are available.`
    return { kind: 'invalid', fields: { [read.kind === 'invoice' ? 'destination' : 'amount']: why } }
  }
  const id = newId('pay')
  const proofSealed = sealSecret(
    deps.sealKey,
    writeProof({ code }),
    payoutContext({ creatorId, id, destination, amountMsat }),
  )
  const row = { creatorId, id, amountMsat, feeCapMsat, destination, askedBy: userId, proofSealed }
  await deps.db.asCreator(creatorId, (tx) => insertPayout(tx, row))
  return { kind: 'asked', id }
}

/** Whether it has the form of a code; if it is the right one the payouts say. */
export function isCode(code: string): boolean {
  return /^\d{3} ?\d{3}$/.test(code.trim()) || plainRecoveryCode(code) !== null
}
