/** Every query on refusals by day: added up, listed for their creator, deleted when they are old. */
import type { Tx } from '#lib/db.ts'

export interface RefusalCount {
  readonly creatorId: string
  readonly resourceId: string
  /** Its first moment, in UTC. */
  readonly day: Date
  /** Reason and detail of protocol.md §9. */
  readonly reason: string
  readonly detail: string
  readonly count: number
}

/** Adds to the days in one statement; rows are taken in key order, so two gateways never wait for each other. */
export async function addRefusals(tx: Tx, counts: readonly RefusalCount[]): Promise<void> {
  const rows = counts.map((row) => ({ ...row, day: row.day.toISOString().slice(0, 10) }))
  await tx.$executeRaw`
    insert into refusal_day (creator_id, resource_id, day, reason, detail, count)
    select "creatorId", "resourceId", day, reason, detail, sum(count)
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as row("creatorId" text, "resourceId" text, day date, reason text, detail text, count bigint)
    group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
    on conflict (creator_id, resource_id, day, reason, detail) do update set count = refusal_day.count + excluded.count`
}

/** Of one resource from the day of `from` on, the newest day first, and within a day what came most often. */
export async function listRefusals(
  tx: Tx,
  key: { creatorId: string; resourceId: string; from: Date },
): Promise<Pick<RefusalCount, 'day' | 'reason' | 'detail' | 'count'>[]> {
  return tx.$queryRaw<RefusalCount[]>`
    select day, reason, detail, count::float8 as count from refusal_day
    where creator_id = ${key.creatorId} and resource_id = ${key.resourceId}
      and day >= (${key.from}::timestamptz at time zone 'UTC')::date
    order by day desc, count desc, reason, detail`
}

/** Forgets days before `before`; answers how many rows. */
export async function deleteRefusals(tx: Tx, key: { before: Date; limit: number }): Promise<number> {
  return tx.$executeRaw`
    delete from refusal_day where (creator_id, resource_id, day, reason, detail) in (
      select creator_id, resource_id, day, reason, detail from refusal_day
      where day < (${key.before}::timestamptz at time zone 'UTC')::date order by day limit ${key.limit})`
}
