/** Every query on the workers that live: each has a row, and the row is as old as its last sign of life. */
import type { Tx } from '#lib/db.ts'

/** All times are Postgres's own, so that nobody is counted out by a clock that is wrong. */
export async function noteLiveWorker(tx: Tx, id: string): Promise<void> {
  await tx.$executeRaw`
    insert into live_worker (id, seen_at) values (${id}, clock_timestamp())
    on conflict (id) do update set seen_at = excluded.seen_at`
}

/** The row of a worker that ended, and those of workers that ended without a word a day ago. */
export async function deleteLiveWorker(tx: Tx, id: string): Promise<void> {
  await tx.$executeRaw`delete from live_worker where id = ${id} or seen_at < clock_timestamp() - interval '1 day'`
}

/** Whether any gave a sign within `goneMs`. */
export async function isAnyWorkerLive(tx: Tx, goneMs: number): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ live: boolean }[]>`
    select exists (select from live_worker
      where seen_at > clock_timestamp() - ${goneMs}::int * interval '1 millisecond') as live`
  return row?.live ?? false
}
