/** Every query on usage: what happened on a resource in one hour, added up and never counted twice by one flush. */
import { type Sql, sql, type Tx } from '#lib/db.ts'

/** A preview seen by a person, a press on Unlock, a 402 to a program, a paid read. */
export type UsageKind = 'view' | 'unlock' | 'challenge' | 'read'

export interface UsageCount {
  readonly creatorId: string
  readonly resourceId: string
  /** Start of the hour. */
  readonly hour: Date
  readonly views: number
  readonly unlocks: number
  readonly challenges: number
  readonly reads: number
}

/** Adds counts to their hours in one statement; rows are taken in key order, so two gateways never wait for each other. */
export async function addUsage(tx: Tx, counts: readonly UsageCount[]): Promise<void> {
  const rows = counts.map((count) => ({ ...count, hour: count.hour.toISOString() }))
  await tx.$executeRaw`
    insert into usage (creator_id, resource_id, hour, views, unlocks, challenges, reads)
    select "creatorId", "resourceId", hour, views, unlocks, challenges, reads
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as row("creatorId" text, "resourceId" text,
      hour timestamptz, views bigint, unlocks bigint, challenges bigint, reads bigint)
    order by 1, 2, 3
    on conflict (creator_id, resource_id, hour) do update set views = usage.views + excluded.views,
      unlocks = usage.unlocks + excluded.unlocks, challenges = usage.challenges + excluded.challenges,
      reads = usage.reads + excluded.reads`
}

/** From view to reading, of people and of programs. */
export interface Funnel {
  readonly views: number
  readonly unlocks: number
  readonly challenges: number
  readonly reads: number
}

/** Sums of a creator in `[from, to)`; of one resource when `resourceId` is given. Hours that were rolled up count with their day. */
export async function readFunnel(
  tx: Tx,
  key: { creatorId: string; from: Date; to: Date; resourceId?: string },
): Promise<Funnel> {
  const { resourceId } = key
  const ofHours = resourceId === undefined ? sql`true` : sql`resource_id = ${resourceId}`
  const rows = await tx.$queryRaw<Funnel[]>`
    select coalesce(sum(views), 0)::float8 as views, coalesce(sum(unlocks), 0)::float8 as unlocks,
      coalesce(sum(challenges), 0)::float8 as challenges, coalesce(sum(reads), 0)::float8 as reads
    from (
      select views, unlocks, challenges, reads from usage where ${inHours(key)} and ${ofHours}
      union all
      select views, unlocks, challenges, reads from usage_day
      where ${inDays(key)} and resource_id = ${resourceId ?? WHOLE_CREATOR}) as part`
  return rows[0] ?? { views: 0, unlocks: 0, challenges: 0, reads: 0 }
}

/** The same sums for each resource that anything happened on; only for these when `resourceIds` is given. */
export async function listUsageByResource(
  tx: Tx,
  key: { creatorId: string; from: Date; to: Date; resourceIds?: readonly string[] },
): Promise<(Funnel & { readonly resourceId: string })[]> {
  const { resourceIds } = key
  const wanted = resourceIds === undefined ? sql`true` : sql`resource_id = any(${[...resourceIds]})`
  return tx.$queryRaw<(Funnel & { resourceId: string })[]>`
    select resource_id as "resourceId", sum(views)::float8 as views, sum(unlocks)::float8 as unlocks,
      sum(challenges)::float8 as challenges, sum(reads)::float8 as reads
    from (
      select resource_id, views, unlocks, challenges, reads from usage where ${inHours(key)} and ${wanted}
      union all
      select resource_id, views, unlocks, challenges, reads from usage_day
      where ${inDays(key)} and resource_id <> ${WHOLE_CREATOR} and ${wanted}) as part
    group by resource_id order by resource_id`
}

/** In `usage_day` in place of a resource: the sum over all of them. */
const WHOLE_CREATOR = ''

type Span = { readonly creatorId: string; readonly from: Date; readonly to: Date }

function inHours({ creatorId, from, to }: Span): Sql {
  return sql`creator_id = ${creatorId} and hour >= ${from} and hour < ${to}`
}

function inDays({ creatorId, from, to }: Span): Sql {
  return sql`creator_id = ${creatorId} and day >= (${nextDay(from)}::timestamptz at time zone 'UTC')::date
    and day < (${nextDay(to)}::timestamptz at time zone 'UTC')::date`
}

const DAY_MS = 24 * 60 * 60_000

/** The first day that begins at or after this: a day counts to the period in which it begins. */
function nextDay(at: Date): Date {
  return new Date(Math.ceil(at.getTime() / DAY_MS) * DAY_MS)
}

/**
 * Adds at most `limit` hours that began before `before` to their days and deletes them, in one statement; answers how many.
 * Two at once take different hours. An hour that is counted on afterwards is taken again.
 */
export async function rollUpHours(tx: Tx, key: { before: Date; limit: number }): Promise<number> {
  const rows = await tx.$queryRaw<{ taken: number }[]>`
    with taken as (
      delete from usage where (creator_id, resource_id, hour) in (
        select creator_id, resource_id, hour from usage where hour < ${key.before}
        order by hour limit ${key.limit} for update skip locked)
      returning *),
    added as (
      insert into usage_day as d (creator_id, resource_id, day, views, unlocks, challenges, reads)
      select creator_id, place.resource_id, (hour at time zone 'UTC')::date, sum(views), sum(unlocks), sum(challenges), sum(reads)
      from taken cross join lateral (values (taken.resource_id), (${WHOLE_CREATOR})) as place(resource_id)
      group by 1, 2, 3 order by 1, 2, 3
      on conflict (creator_id, resource_id, day) do update set views = d.views + excluded.views,
        unlocks = d.unlocks + excluded.unlocks, challenges = d.challenges + excluded.challenges,
        reads = d.reads + excluded.reads
      returning 1)
    select count(*)::int as taken from taken`
  return rows[0]?.taken ?? 0
}
