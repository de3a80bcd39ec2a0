/** How far the invoice stream of a backend was handled completely: a shortcut for the next start, never the guarantee. */
import type { Tx } from '#lib/db.ts'
import type { BackendId, Cursor } from '#lib/lightning/backend.ts'

/** `null` when nothing is known: the stream then replays nothing and the sweep finds everything. */
export async function readCursor(tx: Tx, backendId: BackendId): Promise<Cursor | null> {
  const rows = await tx.$queryRaw<{ settleCursor: Cursor }[]>`
    select settle_cursor as "settleCursor" from backend_cursor where backend_id = ${backendId}`
  return rows[0]?.settleCursor ?? null
}

/** Raises the cursor; a lower value than the one that stands changes nothing. */
export async function raiseCursor(tx: Tx, cursor: { backendId: BackendId; settleCursor: Cursor }): Promise<void> {
  await tx.$executeRaw`
    insert into backend_cursor (backend_id, settle_cursor) values (${cursor.backendId}, ${cursor.settleCursor})
    on conflict (backend_id) do update set settle_cursor = excluded.settle_cursor, updated_at = now()
    where backend_cursor.settle_cursor < excluded.settle_cursor`
}
