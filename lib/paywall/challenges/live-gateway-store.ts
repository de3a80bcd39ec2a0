/** Every query on the gateways that live: each has a row, and the row is as old as its last sign of life. */
import type { Tx } from '#lib/db.ts'

/** All times are Postgres's own, so that no gateway is counted out by a clock that is wrong. */
export async function noteLiveGateway(tx: Tx, id: string): Promise<void> {
  await tx.$executeRaw`
    insert into live_gateway (id, seen_at) values (${id}, clock_timestamp())
    on conflict (id) do update set seen_at = excluded.seen_at`
}

/** Those seen within `goneMs`, without `id`. */
export async function countOtherGateways(tx: Tx, id: string, goneMs: number): Promise<number> {
  const [row] = await tx.$queryRaw<{ count: number }[]>`
    select count(*)::int as count from live_gateway
    where id <> ${id} and seen_at > clock_timestamp() - ${goneMs}::int * interval '1 millisecond'`
  return row?.count ?? 0
}

/** Rows of gateways that ended without a word. */
export async function deleteGoneGateways(tx: Tx, goneMs: number): Promise<void> {
  await tx.$executeRaw`
    delete from live_gateway where seen_at <= clock_timestamp() - ${goneMs}::int * interval '1 millisecond'`
}

export async function deleteLiveGateway(tx: Tx, id: string): Promise<void> {
  await tx.$executeRaw`delete from live_gateway where id = ${id}`
}

/** Whether any gave a sign within `goneMs`. */
export async function isAnyGatewayLive(tx: Tx, goneMs: number): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ live: boolean }[]>`
    select exists (select from live_gateway
      where seen_at > clock_timestamp() - ${goneMs}::int * interval '1 millisecond') as live`
  return row?.live ?? false
}
