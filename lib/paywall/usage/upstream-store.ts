/** Every query on what upstreams did by day: added up, summed for their creator, deleted when it is old. */
import type { Tx } from '#lib/db.ts'

export interface UpstreamCount {
  readonly creatorId: string
  readonly resourceId: string
  /** Its first moment, in UTC. */
  readonly day: Date
  readonly calls: number
  /** Of the calls: without an answer, too slow, answered without a result. None of these was charged. */
  readonly unreachable: number
  readonly timeouts: number
  readonly failed: number
  /** Answers by how long they took, as `slotOf` counts. */
  readonly slots: readonly number[]
}

/** Adds to the days in one statement; rows are taken in key order, so two gateways never wait for each other. */
export async function addUpstreams(tx: Tx, counts: readonly UpstreamCount[]): Promise<void> {
  const rows = counts.map((row) => ({ ...row, day: row.day.toISOString().slice(0, 10) }))
  await tx.$executeRaw`
    insert into upstream_day as d (creator_id, resource_id, day, calls, unreachable, timeouts, failed, slots)
    select "creatorId", "resourceId", day, calls, unreachable, timeouts, failed, slots
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as row("creatorId" text, "resourceId" text, day date,
      calls bigint, unreachable bigint, timeouts bigint, failed bigint, slots bigint[])
    order by 1, 2, 3
    on conflict (creator_id, resource_id, day) do update set calls = d.calls + excluded.calls,
      unreachable = d.unreachable + excluded.unreachable, timeouts = d.timeouts + excluded.timeouts,
      failed = d.failed + excluded.failed, slots = (
        select array_agg(coalesce(mine, 0) + coalesce(more, 0) order by n)
        from unnest(d.slots, excluded.slots) with ordinality as slot(mine, more, n))`
}

type UpstreamSum = Pick<UpstreamCount, 'calls' | 'unreachable' | 'timeouts' | 'failed' | 'slots'>

/** Of one resource since the day of `from`; `null`: nothing was called. */
export async function sumUpstreams(
  tx: Tx,
  key: { creatorId: string; resourceId: string; from: Date },
): Promise<UpstreamSum | null> {
  const [row] = await tx.$queryRaw<(UpstreamSum & { calls: number | null })[]>`
    with days as (
      select * from upstream_day where creator_id = ${key.creatorId} and resource_id = ${key.resourceId}
        and day >= (${key.from}::timestamptz at time zone 'UTC')::date)
    select sum(calls)::float8 as calls, sum(unreachable)::float8 as unreachable, sum(timeouts)::float8 as timeouts,
      sum(failed)::float8 as failed,
      array(select sum(count)::float8 from days, unnest(slots) with ordinality as slot(count, n) group by n order by n) as slots
    from days`
  return row === undefined || row.calls === null ? null : row
}

/** Forgets days before `before`; answers how many rows. */
export async function deleteUpstreams(tx: Tx, key: { before: Date; limit: number }): Promise<number> {
  return tx.$executeRaw`
    delete from upstream_day where (creator_id, resource_id, day) in (
      select creator_id, resource_id, day from upstream_day
      where day < (${key.before}::timestamptz at time zone 'UTC')::date order by day limit ${key.limit})`
}
