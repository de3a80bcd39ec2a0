/** How far the invoice stream of a node was handled completely: a shortcut for the next start, never the guarantee. */
import type { Tx } from '#lib/db.ts'

/** 0 when nothing is known: the stream then replays nothing and the sweep finds everything. */
export async function readCursor(tx: Tx, nodeKey: Uint8Array): Promise<bigint> {
  const rows = await tx.$queryRaw<{ settleIndex: bigint }[]>`
    select settle_index as "settleIndex" from backend_cursor where node_key = ${nodeKey}`
  return rows[0]?.settleIndex ?? 0n
}

/** Raises the cursor; a lower value than the one that stands changes nothing. */
export async function raiseCursor(tx: Tx, cursor: { nodeKey: Uint8Array; settleIndex: bigint }): Promise<void> {
  await tx.$executeRaw`
    insert into backend_cursor (node_key, settle_index) values (${cursor.nodeKey}, ${cursor.settleIndex})
    on conflict (node_key) do update set settle_index = excluded.settle_index, updated_at = now()
    where backend_cursor.settle_index < excluded.settle_index`
}
