/** Every query on usage: what happened on a resource in one hour, added up and never counted twice by one flush. */
import type { Tx } from '#lib/db.ts'

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

/** Sums of a creator in `[from, to)`, to the hour; of one resource when `resourceId` is given. */
export async function readFunnel(
  tx: Tx,
  key: { creatorId: string; from: Date; to: Date; resourceId?: string },
): Promise<Funnel> {
  const resourceId = key.resourceId ?? null
  const rows = await tx.$queryRaw<Funnel[]>`
    select coalesce(sum(views), 0)::float8 as views, coalesce(sum(unlocks), 0)::float8 as unlocks,
      coalesce(sum(challenges), 0)::float8 as challenges, coalesce(sum(reads), 0)::float8 as reads
    from usage where creator_id = ${key.creatorId} and hour >= ${key.from} and hour < ${key.to}
      and (${resourceId}::text is null or resource_id = ${resourceId})`
  return rows[0] ?? { views: 0, unlocks: 0, challenges: 0, reads: 0 }
}

/** The same sums for each resource that anything happened on. */
export async function listUsageByResource(
  tx: Tx,
  key: { creatorId: string; from: Date; to: Date },
): Promise<(Funnel & { readonly resourceId: string })[]> {
  return tx.$queryRaw<(Funnel & { resourceId: string })[]>`
    select resource_id as "resourceId", sum(views)::float8 as views, sum(unlocks)::float8 as unlocks,
      sum(challenges)::float8 as challenges, sum(reads)::float8 as reads
    from usage where creator_id = ${key.creatorId} and hour >= ${key.from} and hour < ${key.to}
    group by resource_id order by resource_id`
}
