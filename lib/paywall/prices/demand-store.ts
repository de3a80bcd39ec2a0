/** Every query on what gateways tell one another of demand: a row for each service and gateway, as old as its last word. */
import type { Tx } from '#lib/db.ts'
import type { ServiceDemand } from './demand.ts'

/** Writes what this gateway has counted, and answers what the others have together, by service; theirs counts for `goneMs`. */
export async function exchangeDemand(
  tx: Tx,
  { gatewayId, own, goneMs }: { gatewayId: string; own: readonly ServiceDemand[]; goneMs: number },
): Promise<ReadonlyMap<string, number>> {
  const creatorIds = own.map(({ creatorId }) => creatorId)
  const services = own.map(({ service }) => service)
  const perMinute = own.map((each) => Math.ceil(each.perMinute))
  await tx.$executeRaw`
    insert into demand (creator_id, service, gateway_id, per_minute, seen_at)
    select creator_id, service, ${gatewayId}, per_minute, clock_timestamp()
    from unnest(${creatorIds}::text[], ${services}::text[], ${perMinute}::int[]) as mine(creator_id, service, per_minute)
    on conflict (creator_id, service, gateway_id) do update set per_minute = excluded.per_minute, seen_at = excluded.seen_at`
  const rows = await tx.$queryRaw<{ service: string; perMinute: number }[]>`
    select demand.service, sum(per_minute)::int as "perMinute"
    from unnest(${creatorIds}::text[], ${services}::text[]) as mine(creator_id, service) join demand using (creator_id, service)
    where gateway_id <> ${gatewayId} and seen_at > clock_timestamp() - ${goneMs}::int * interval '1 millisecond'
    group by demand.service`
  return new Map(rows.map((row) => [row.service, row.perMinute]))
}

/** Words that count no more. */
export async function deleteOldDemand(tx: Tx, goneMs: number): Promise<void> {
  await tx.$executeRaw`
    delete from demand where seen_at <= clock_timestamp() - ${goneMs}::int * interval '1 millisecond'`
}
