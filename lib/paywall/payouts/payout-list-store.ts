/** Payouts as their creator reads them; nothing here decides about money. */
import type { Tx } from '#lib/db.ts'
import type { PayoutState, Problem } from './payout.ts'

export interface ListedPayout {
  readonly id: string
  readonly state: PayoutState
  readonly amountMsat: bigint
  readonly feeCapMsat: bigint
  readonly destination: string
  readonly askedAt: Date
  readonly cancelAskedAt: Date | null
  readonly waitsUntil: Date | null
  readonly dispatchedAt: Date | null
  readonly unknownAt: Date | null
  readonly nodeAskedAt: Date | null
  readonly endedAt: Date | null
  readonly feeMsat: bigint | null
  readonly preimage: Uint8Array | null
  readonly problem: Problem | null
}

/** The newest first. */
export async function listPayoutsOf(tx: Tx, creatorId: string, limit: number): Promise<ListedPayout[]> {
  return tx.$queryRaw<ListedPayout[]>`
    select id, state, amount_msat as "amountMsat", fee_cap_msat as "feeCapMsat", destination, asked_at as "askedAt",
      cancel_asked_at as "cancelAskedAt", waits_until as "waitsUntil", dispatched_at as "dispatchedAt",
      unknown_at as "unknownAt", node_asked_at as "nodeAskedAt", ended_at as "endedAt", fee_msat as "feeMsat", preimage, problem
    from payout where creator_id = ${creatorId} order by asked_at desc, id desc limit ${limit}`
}

/** What is set aside, and for how many payouts: under way, and with an end that is not known. */
export interface PayoutSums {
  readonly underWay: number
  readonly underWayMsat: bigint
  readonly unknown: number
  readonly unknownMsat: bigint
}

export async function sumPayouts(tx: Tx, creatorId: string): Promise<PayoutSums> {
  const [sums] = await tx.$queryRaw<PayoutSums[]>`
    select count(*) filter (where state <> 'unknown')::int as "underWay",
      coalesce(sum(amount_msat + fee_cap_msat) filter (where state <> 'unknown'), 0)::bigint as "underWayMsat",
      count(*) filter (where state = 'unknown')::int as unknown,
      coalesce(sum(amount_msat + fee_cap_msat) filter (where state = 'unknown'), 0)::bigint as "unknownMsat"
    from payout where creator_id = ${creatorId} and state in ('reserved', 'fixed', 'dispatched', 'unknown')`
  return sums ?? { underWay: 0, underWayMsat: 0n, unknown: 0, unknownMsat: 0n }
}

/** `none`: nobody has set one up; `waiting`: the newest is not looked at yet; `refused`: its code did not fit. */
export type FactorState = 'none' | 'waiting' | 'refused' | 'set'

/** Of the authenticator that holds, and of the newest that was asked for. */
export async function readFactorState(tx: Tx, creatorId: string): Promise<{ holds: boolean; newest: FactorState }> {
  const rows = await tx.$queryRaw<{ holds: boolean; checked: boolean; confirmed: boolean }[]>`
    select checked_at is not null as checked, confirmed_at is not null as confirmed,
      bool_or(confirmed_at is not null and ended_at is null) over () as holds
    from payout_factor where creator_id = ${creatorId} order by asked_at desc, id desc limit 1`
  const [row] = rows
  if (row === undefined) return { holds: false, newest: 'none' }
  return { holds: row.holds, newest: row.confirmed ? 'set' : row.checked ? 'refused' : 'waiting' }
}
