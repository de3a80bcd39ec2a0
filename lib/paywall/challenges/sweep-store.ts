/** Every query by which the sweep walks unpaid challenges, moves them on and deletes those that the node has ended. */

import type { Tx } from '#lib/db.ts'
import type { PaymentHash } from '#lib/l402/preimage.ts'
import type { BackendId, Cursor } from '#lib/lightning/backend.ts'
import { MISSING_GRACE_SECONDS, statesBefore } from '#lib/paywall/settlements/invoice.ts'
import { Prisma } from '#prisma'
import type { ChallengeState } from './challenge.ts'

/** A row that is not final, as much of it as a sweep needs. */
export interface UnsettledRow {
  readonly creatorId: string
  readonly id: string
  readonly paymentHash: PaymentHash
  readonly listCursor: Cursor
  readonly state: ChallengeState
  readonly expiresAt: Date
  readonly missingSinceAt: Date | null
}

/** `young`: those that a payment can still reach by the clock, and an hour more; `all`: every row that is not final. */
export type SweepScope = 'young' | 'all'

/** The next `limit` rows of this backend, in its order of creation; rows of other backends are not its business. */
export async function listUnsettled(
  tx: Tx,
  page: { backendId: BackendId; scope: SweepScope; now: Date; after: Cursor | null; limit: number },
): Promise<UnsettledRow[]> {
  const youngest = new Date(page.now.getTime() - MISSING_GRACE_SECONDS * 1000)
  const inScope = page.scope === 'all' ? Prisma.sql`true` : Prisma.sql`expires_at > ${youngest}`
  return tx.$queryRaw<UnsettledRow[]>`
    select creator_id as "creatorId", id, payment_hash as "paymentHash", list_cursor as "listCursor", state,
      expires_at as "expiresAt", missing_since_at as "missingSinceAt"
    from challenge
    where state in ('open', 'expired') and backend_id = ${page.backendId} and list_cursor > ${page.after ?? ''} and ${inScope}
    order by list_cursor limit ${page.limit}`
}

/** Unsettled rows of backends that are none of these: they wait until theirs is back, and somebody should know. */
export async function countOfOtherBackends(tx: Tx, backendIds: readonly BackendId[]): Promise<number> {
  const rows = await tx.$queryRaw<{ count: number }[]>`
    select count(*)::int as count from challenge where state in ('open', 'expired') and backend_id <> all(${[...backendIds]})`
  return rows[0]?.count ?? 0
}

/** What one backend still owes an answer about. */
export interface WaitingAt {
  readonly backendId: BackendId
  readonly count: number
  /** Of them, those that a wallet would still pay. */
  readonly payable: number
  readonly newestAt: Date
}

/** The unsettled rows of each backend that has some, the one that made an invoice last first. */
export async function countUnsettled(tx: Tx, now: Date): Promise<WaitingAt[]> {
  return tx.$queryRaw<WaitingAt[]>`
    select backend_id as "backendId", count(*)::int as count,
      (count(*) filter (where state = 'open' and expires_at > ${now}))::int as payable, max(created_at) as "newestAt"
    from challenge where state in ('open', 'expired') group by backend_id order by max(created_at) desc`
}

/**
 * Ends at most `limit` unsettled rows of one backend, the oldest first; answers how many. Atomic against the settlement of
 * each: the lock waits for it, and what is settled by then is no such row any more.
 */
export async function cancelUnsettled(tx: Tx, key: { backendId: BackendId; limit: number }): Promise<number> {
  return tx.$executeRaw`
    update challenge set state = 'canceled', canceled_at = now()
    where (creator_id, id) in (
      select creator_id, id from challenge where state in ('open', 'expired') and backend_id = ${key.backendId}
      order by list_cursor limit ${key.limit} for update)`
}

/**
 * Moves a challenge to `to` if it still stands in a state that may precede it and `backendId` made its invoice.
 * `false`: somebody else was first, or it is another backend's. Atomic against the settlement of the same hash.
 */
export async function moveChallenge(
  tx: Tx,
  move: { paymentHash: Uint8Array; backendId: BackendId; to: 'expired' | 'canceled' },
): Promise<boolean> {
  const count = await tx.$executeRaw`
    update challenge set state = ${move.to}, canceled_at = case when ${move.to} = 'canceled' then now() end
    where payment_hash = ${move.paymentHash} and backend_id = ${move.backendId} and state = any(${statesBefore(move.to)})`
  return count === 1
}

/** Notes that the node does not know this invoice (`at`), or knows it again (`null`). */
export async function setMissing(tx: Tx, note: { paymentHash: Uint8Array; at: Date | null }): Promise<void> {
  await tx.$executeRaw`
    update challenge set missing_since_at = ${note.at}
    where payment_hash = ${note.paymentHash} and state in ('open', 'expired')`
}

/**
 * Deletes at most `limit` challenges that ended in this state before `before`, the oldest first; answers how many. What was
 * paid lives in `settlement`, and a settled row's challenge goes once its claim is over. A partial index per state knows
 * what is due, so that a look that finds nothing reads nothing.
 */
export async function deleteEnded(
  tx: Tx,
  key: { state: 'canceled' | 'settled'; before: Date; limit: number },
): Promise<number> {
  const due =
    key.state === 'canceled'
      ? { is: Prisma.sql`state = 'canceled'`, at: Prisma.sql`canceled_at` }
      : { is: Prisma.sql`state = 'settled'`, at: Prisma.sql`settled_at` }
  return tx.$executeRaw`
    delete from challenge where (creator_id, id) in (
      select creator_id, id from challenge where ${due.is} and ${due.at} < ${key.before}
      order by ${due.at} limit ${key.limit} for update skip locked)
    and ${due.is}`
}
