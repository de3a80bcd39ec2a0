/** Every query on uses that are taken and whose result is still to come; the clock is the database's. */
import { type Sql, sql, type Tx } from '#lib/db.ts'
import type { UsesOfToken } from './claim-uses.ts'
import { counterOf, type Use } from './entitlement.ts'

export interface LeaseKey {
  readonly creatorId: string
  readonly id: string
}

/** Notes, in the transaction that takes it, that a use may go back. */
export async function insertLease(
  tx: Tx,
  lease: LeaseKey & Omit<UsesOfToken, 'uses'> & Pick<Use, 'kind' | 'unit' | 'cost'> & { seconds: number },
): Promise<void> {
  const { creatorId, id, tokenId, service, cost, seconds } = lease
  await tx.$executeRaw`
    insert into use_lease (creator_id, id, token_id, service, kind, cost, expires_at)
    values (${creatorId}, ${id}, ${tokenId}, ${service}, ${counterOf(lease)}, ${cost}, now() + make_interval(secs => ${seconds}))`
}

export async function renewLease(tx: Tx, { creatorId, id, seconds }: LeaseKey & { seconds: number }): Promise<void> {
  await tx.$executeRaw`
    update use_lease set expires_at = now() + make_interval(secs => ${seconds})
    where creator_id = ${creatorId} and id = ${id}`
}

/** The uses stay taken. What is metered stays on lease until the answer has ended. */
export async function deleteLease(tx: Tx, { creatorId, id }: LeaseKey): Promise<void> {
  await tx.$executeRaw`delete from use_lease where creator_id = ${creatorId} and id = ${id} and kind = 'uses'`
}

/**
 * What was spent stays taken, what was drawn on top of it is on lease too. `false`: the lease is gone, and what it held is
 * somebody else's by now.
 */
export async function moveLease(
  tx: Tx,
  { creatorId, id, kind, spent, drawn, seconds }: LeaseKey & Moved & { seconds: number },
): Promise<boolean> {
  const count = await tx.$executeRaw`
    update use_lease set cost = cost - ${spent}::bigint + ${drawn}::bigint,
      expires_at = now() + make_interval(secs => ${seconds})
    where creator_id = ${creatorId} and id = ${id} and kind = ${kind} and cost >= ${spent}::bigint`
  return count === 1
}

interface Moved {
  readonly kind: string
  readonly spent: bigint
  readonly drawn: bigint
}

/**
 * Ends the lease of one counter: `spent` of it stays taken, the rest goes back, also a step of which its gateway never heard.
 * `false`: the lease was gone already.
 */
export async function closeLease(
  tx: Tx,
  { creatorId, id, kind, spent }: LeaseKey & { kind: string; spent: bigint },
): Promise<boolean> {
  const count = await tx.$executeRaw`
    with gone as (
      delete from use_lease where creator_id = ${creatorId} and id = ${id} and kind = ${kind} and cost >= ${spent}::bigint
      returning creator_id, token_id, service, kind, cost - ${spent}::bigint as back)
    update use_counter set used = used - gone.back from gone
    where use_counter.creator_id = gone.creator_id and use_counter.token_id = gone.token_id
      and use_counter.service = gone.service and use_counter.kind = gone.kind`
  return count === 1
}

/** The uses go back. Whoever deletes the row gives them back, so nobody does it twice. */
export async function releaseLease(tx: Tx, { creatorId, id }: LeaseKey): Promise<void> {
  await release(tx, sql`creator_id = ${creatorId} and id = ${id}`)
}

/** Gives back what nobody renews any more of the counters of one token, and answers from how many counters it was. */
export async function releaseExpiredLeases(
  tx: Tx,
  { creatorId, tokenId, service }: Omit<UsesOfToken, 'uses'>,
): Promise<number> {
  return release(
    tx,
    sql`creator_id = ${creatorId} and token_id = ${tokenId} and service = ${service} and expires_at < now()`,
  )
}

/**
 * Gives back what gateways held that are gone, of at most `limit` leases: their tokens may never come again. Answers how
 * many counters they were of.
 */
export async function releaseAbandonedLeases(
  tx: Tx,
  { before, limit }: { before: Date; limit: number },
): Promise<number> {
  return release(
    tx,
    sql`(creator_id, id, kind) in (select creator_id, id, kind from use_lease where expires_at < ${before} limit ${limit})`,
  )
}

async function release(tx: Tx, which: Sql): Promise<number> {
  return tx.$executeRaw`
    with gone as (delete from use_lease where ${which} returning creator_id, token_id, service, kind, cost),
      sums as (select creator_id, token_id, service, kind, sum(cost)::bigint as cost from gone group by 1, 2, 3, 4)
    update use_counter set used = use_counter.used - sums.cost from sums
    where use_counter.creator_id = sums.creator_id and use_counter.token_id = sums.token_id
      and use_counter.service = sums.service and use_counter.kind = sums.kind`
}
