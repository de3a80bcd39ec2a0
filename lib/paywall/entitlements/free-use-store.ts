/** Every query on requests that are free for a network. */
import type { Tx } from '#lib/db.ts'

export interface FreeKey {
  readonly creatorId: string
  readonly service: string
  /** First day of a month (UTC). */
  readonly month: Date
  readonly network: string
}

/** Takes one of `monthly` and answers how many were used then, this one included; `null`: none is left. Atomic against all others. */
export async function claimFreeUse(
  tx: Tx,
  { creatorId, service, month, network }: FreeKey,
  monthly: number,
): Promise<number | null> {
  const [row] = await tx.$queryRaw<{ used: number }[]>`
    insert into free_use (creator_id, service, month, network, used)
    values (${creatorId}, ${service}, ${month}::date, ${network}, 1)
    on conflict (creator_id, service, month, network) do update set used = free_use.used + 1
    where free_use.used < ${monthly}
    returning used`
  return row?.used ?? null
}

export async function returnFreeUse(tx: Tx, { creatorId, service, month, network }: FreeKey): Promise<void> {
  await tx.$executeRaw`
    update free_use set used = used - 1 where creator_id = ${creatorId} and service = ${service}
      and month = ${month}::date and network = ${network} and used > 0`
}

/** Deletes what months before this one used, at most `limit` rows; answers how many. */
export async function deleteFreeUses(tx: Tx, { before, limit }: { before: Date; limit: number }): Promise<number> {
  return tx.$executeRaw`
    delete from free_use where (creator_id, service, month, network) in (
      select creator_id, service, month, network from free_use where month < ${before}::date limit ${limit})`
}
