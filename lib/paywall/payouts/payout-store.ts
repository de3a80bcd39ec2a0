/** Every query on payouts. A move names the states that it may leave, so the row is the lock and "no row" means that somebody was first. */
import type { Tx } from '#lib/db.ts'
import type { PaymentHash, Preimage } from '#lib/l402/preimage.ts'
import type { Msat } from '#lib/money.ts'
import { Prisma } from '#prisma'
import { IN_FLIGHT, type PayoutState, type Problem, statesBefore } from './payout.ts'

export interface PayoutKey {
  readonly creatorId: string
  readonly id: string
}

/** A payout as the process works on it. */
export interface Payout extends PayoutKey {
  readonly state: PayoutState
  readonly amountMsat: Msat
  readonly feeCapMsat: Msat
  readonly destination: string
  readonly askedAt: Date
  readonly proofSealed: Uint8Array
  readonly cancelAskedAt: Date | null
  readonly approvedAt: Date | null
  readonly waitsUntil: Date | null
  readonly resolvingAt: Date | null
  readonly invoice: string | null
  readonly paymentHash: PaymentHash | null
  readonly dispatchedAt: Date | null
  readonly nodeAskedAt: Date | null
  readonly missingSinceAt: Date | null
}

const PAYOUT = Prisma.sql`creator_id as "creatorId", id, state, amount_msat as "amountMsat", fee_cap_msat as "feeCapMsat",
  destination, asked_at as "askedAt", proof_sealed as "proofSealed", cancel_asked_at as "cancelAskedAt",
  approved_at as "approvedAt", waits_until as "waitsUntil", resolving_at as "resolvingAt", invoice, payment_hash as "paymentHash",
  dispatched_at as "dispatchedAt", node_asked_at as "nodeAskedAt", missing_since_at as "missingSinceAt"`

export interface NewPayout extends PayoutKey {
  readonly amountMsat: Msat
  readonly feeCapMsat: Msat
  readonly destination: string
  readonly askedBy: string
  readonly proofSealed: Uint8Array
}

/** Asks: the one thing that the dashboard may write. */
export async function insertPayout(tx: Tx, row: NewPayout): Promise<void> {
  await tx.$executeRaw`
    insert into payout (creator_id, id, amount_msat, fee_cap_msat, destination, asked_by, proof_sealed)
    values (${row.creatorId}, ${row.id}, ${row.amountMsat}, ${row.feeCapMsat}, ${row.destination}, ${row.askedBy}, ${row.proofSealed})`
}

/** Asks that a payout be called off; whether it could be, its state tells. */
export async function askToCancel(tx: Tx, { creatorId, id }: PayoutKey): Promise<boolean> {
  const count = await tx.$executeRaw`
    update payout set cancel_asked_at = now()
    where creator_id = ${creatorId} and id = ${id} and cancel_asked_at is null and state in ('requested', 'reserved', 'fixed')`
  return count === 1
}

/** Payouts in these states, the oldest first. */
export async function listPayouts(tx: Tx, states: readonly PayoutState[], limit: number): Promise<Payout[]> {
  return tx.$queryRaw<Payout[]>`
    select ${PAYOUT} from payout where state = any(${[...states]}) order by asked_at, id limit ${limit}`
}

/** Payouts whose invoices have these hashes. */
export async function listByHashes(
  tx: Tx,
  hashes: readonly PaymentHash[],
): Promise<(Payout & { feeMsat: bigint | null })[]> {
  return tx.$queryRaw<(Payout & { feeMsat: bigint | null })[]>`
    select ${PAYOUT}, fee_msat as "feeMsat" from payout where payment_hash = any(${[...hashes]})`
}

/** Only one at a time decides what may be set aside, so that no two count the same room; held until the transaction ends. */
export async function lockReserving(tx: Tx): Promise<void> {
  await tx.$queryRaw`select 1 from (select pg_advisory_xact_lock(hashtextextended('payouts reserve', 0))) as locked`
}

/** What is out already: payouts of this creator now, and sats of it and of all since `since`. */
export interface PayoutUse {
  readonly inFlight: number
  readonly creatorMsat: bigint
  readonly allMsat: bigint
}

export async function readUse(tx: Tx, { creatorId, since }: { creatorId: string; since: Date }): Promise<PayoutUse> {
  const [row] = await tx.$queryRaw<PayoutUse[]>`
    select
      (select count(*)::int from payout where creator_id = ${creatorId} and state = any(${[...IN_FLIGHT]})) as "inFlight",
      coalesce(sum(amount_msat) filter (where creator_id = ${creatorId}), 0)::bigint as "creatorMsat",
      coalesce(sum(amount_msat), 0)::bigint as "allMsat"
    from payout where reserved_at > ${since} and state not in ('failed', 'canceled')`
  return row ?? { inFlight: 0, creatorMsat: 0n, allMsat: 0n }
}

/** Holds a payout until the transaction ends. `over`: it is reserved by now, or has its end. */
export async function lockRequested(
  tx: Tx,
  { creatorId, id }: Pick<Payout, 'creatorId' | 'id'>,
): Promise<'unproven' | 'approved' | 'over'> {
  const [row] = await tx.$queryRaw<{ isApproved: boolean }[]>`
    select approved_at is not null as "isApproved" from payout
    where creator_id = ${creatorId} and id = ${id} and state = 'requested' for update`
  if (row === undefined) return 'over'
  return row.isApproved ? 'approved' : 'unproven'
}

/** The second factor held; `false`: it was approved before, or has ended. */
export async function approvePayout(tx: Tx, { creatorId, id }: PayoutKey, at: Date): Promise<boolean> {
  const count = await tx.$executeRaw`
    update payout set approved_at = ${at}
    where creator_id = ${creatorId} and id = ${id} and state = 'requested' and approved_at is null`
  return count === 1
}

export async function setWaiting(tx: Tx, { creatorId, id }: PayoutKey, until: Date): Promise<void> {
  await tx.$executeRaw`
    update payout set waits_until = ${until} where creator_id = ${creatorId} and id = ${id} and state = 'requested'`
}

/** Reserved if there is enough; the caller books it in the same transaction. `false`: too little, or somebody was first. */
export async function reserveRow(tx: Tx, { creatorId, id }: PayoutKey, at: Date): Promise<boolean> {
  const count = await tx.$executeRaw`
    update payout set state = 'reserved', reserved_at = ${at}
    where creator_id = ${creatorId} and id = ${id} and state = any(${statesBefore('reserved')})
      and approved_at is not null and cancel_asked_at is null
      and amount_msat + fee_cap_msat <= (
        select balance_msat from ledger_account where creator_id = ${creatorId} and kind = 'available')`
  return count === 1
}

/** An address is asked by whoever gets `true` here, and by nobody after that: a second answer would be a second invoice. */
export async function claimResolving(tx: Tx, { creatorId, id }: PayoutKey, at: Date): Promise<boolean> {
  const count = await tx.$executeRaw`
    update payout set resolving_at = ${at}
    where creator_id = ${creatorId} and id = ${id} and state = 'reserved' and resolving_at is null and cancel_asked_at is null`
  return count === 1
}

/** One invoice for ever. `used`: another payout has its hash; `late`: somebody was first. */
export async function fixInvoice(
  tx: Tx,
  { creatorId, id }: PayoutKey,
  { invoice, paymentHash }: { invoice: string; paymentHash: PaymentHash },
): Promise<'fixed' | 'used' | 'late'> {
  // Two that were given the same invoice at once are judged one after the other.
  await tx.$queryRaw`select 1 from (select pg_advisory_xact_lock(hashtextextended(encode(${paymentHash}, 'hex'), 0))) as locked`
  const [row] = await tx.$queryRaw<{ used: boolean }[]>`
    select exists (
      select 1 from payout where payment_hash = ${paymentHash} and (creator_id, id) <> (${creatorId}, ${id})) as used`
  if (row?.used) return 'used'
  const count = await tx.$executeRaw`
    update payout set state = 'fixed', invoice = ${invoice}, payment_hash = ${paymentHash}
    where creator_id = ${creatorId} and id = ${id} and state = any(${statesBefore('fixed')}) and cancel_asked_at is null`
  return count === 1 ? 'fixed' : 'late'
}

/** From here on only the node's word ends it. Who moved it sends it, and nobody else ever does. */
export async function dispatchRow(tx: Tx, { creatorId, id }: PayoutKey, at: Date): Promise<boolean> {
  const count = await tx.$executeRaw`
    update payout set state = 'dispatched', dispatched_at = ${at}
    where creator_id = ${creatorId} and id = ${id} and state = any(${statesBefore('dispatched')}) and cancel_asked_at is null`
  return count === 1
}

export async function setUnknown(tx: Tx, { creatorId, id }: PayoutKey, at: Date): Promise<void> {
  await tx.$executeRaw`
    update payout set state = 'unknown', unknown_at = ${at}
    where creator_id = ${creatorId} and id = ${id} and state = any(${statesBefore('unknown')})`
}

/** When the node was asked last, and since when it says that it knows nothing of it (`null`: it does). */
export async function noteAsked(
  tx: Tx,
  { creatorId, id }: PayoutKey,
  { at, isMissing }: { at: Date; isMissing: boolean },
): Promise<void> {
  await tx.$executeRaw`
    update payout set node_asked_at = ${at},
      missing_since_at = case when ${isMissing} then coalesce(missing_since_at, ${at}) end
    where creator_id = ${creatorId} and id = ${id} and state in ('dispatched', 'unknown')`
}

/** The node has paid; `false`: it is booked already. */
export async function succeedRow(
  tx: Tx,
  { creatorId, id }: PayoutKey,
  paid: { at: Date; feeMsat: Msat; preimage: Preimage },
): Promise<boolean> {
  const count = await tx.$executeRaw`
    update payout set state = 'succeeded', ended_at = ${paid.at}, fee_msat = ${paid.feeMsat}, preimage = ${paid.preimage}
    where creator_id = ${creatorId} and id = ${id} and state = any(${statesBefore('succeeded')})`
  return count === 1
}

/** Ended without a payment; answers what it left, so that the caller can give back what was set aside. `null`: it had ended. */
export async function endRow(
  tx: Tx,
  { creatorId, id }: PayoutKey,
  end: { to: 'failed' | 'canceled'; from: readonly PayoutState[]; at: Date; problem: Problem | null },
): Promise<PayoutState | null> {
  const from = statesBefore(end.to).filter((state) => end.from.includes(state))
  const rows = await tx.$queryRaw<{ state: PayoutState }[]>`
    with before as (
      select creator_id, id, state from payout
      where creator_id = ${creatorId} and id = ${id} and state = any(${from}) for update)
    update payout set state = ${end.to}, ended_at = ${end.at}, problem = ${end.problem}
    from before where payout.creator_id = before.creator_id and payout.id = before.id
    returning before.state`
  return rows[0]?.state ?? null
}

/** How often a wrong code was given since `since`. */
export async function countWrongCodes(
  tx: Tx,
  { creatorId, since }: { creatorId: string; since: Date },
): Promise<number> {
  const [row] = await tx.$queryRaw<{ count: number }[]>`
    select count(*)::int as count from payout
    where creator_id = ${creatorId} and problem = 'code' and asked_at > ${since}`
  return row?.count ?? 0
}

/** Why nothing may be paid out now; `null`: nothing stands in the way. */
export async function findStop(tx: Tx): Promise<{ reason: string; since: Date } | null> {
  const rows = await tx.$queryRaw<{ reason: string; since: Date }[]>`
    select reason, since from payout_stop order by since limit 1`
  return rows[0] ?? null
}

export async function insertStop(tx: Tx, reason: string): Promise<void> {
  await tx.$executeRaw`insert into payout_stop (reason) values (${reason}) on conflict do nothing`
}
