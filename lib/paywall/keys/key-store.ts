/** Every query on ring keys; what is stored is wrapped, and the web role cannot read even that. */
import type { Tx } from '#lib/db.ts'
import type { RingKeyState } from './key-ring.ts'
import type { WrappedRingKey } from './ring-cache.ts'

/** The keys of a creator that may still verify, newest first. */
async function listRingKeys(tx: Tx, creatorId: string): Promise<WrappedRingKey[]> {
  const rows = await tx.ringKey.findMany({
    where: { creatorId, state: { not: 'retired' } },
    select: { keyId: true, wrapped: true, wrappingKeyId: true, state: true },
    orderBy: { createdAt: 'desc' },
  })
  return rows.map((row) => ({ ...row, state: row.state as RingKeyState }))
}

/** The same for many creators, by creator. */
export async function listRingKeysOf(
  tx: Tx,
  creatorIds: readonly string[],
): Promise<ReadonlyMap<string, WrappedRingKey[]>> {
  const rows = await tx.$queryRaw<(WrappedRingKey & { creatorId: string })[]>`
    select creator_id as "creatorId", key_id as "keyId", wrapped, wrapping_key_id as "wrappingKeyId", state
    from ring_key where creator_id = any(${[...creatorIds]}) and state <> 'retired'
    order by created_at desc`
  return Map.groupBy(rows, ({ creatorId }) => creatorId)
}

/** The active key of a creator, if there is one. */
export async function findActiveKey(tx: Tx, creatorId: string): Promise<WrappedRingKey | null> {
  const rows = await listRingKeys(tx, creatorId)
  return rows.find(({ state }) => state === 'active') ?? null
}

/**
 * Adds an active key. `false`: the creator has one already, or the key id is taken by anybody. Atomic against every
 * other process that adds one: the partial unique index decides.
 */
export async function insertActiveKey(
  tx: Tx,
  row: { creatorId: string; keyId: Uint8Array; wrapped: Uint8Array; wrappingKeyId: string },
): Promise<boolean> {
  const count = await tx.$executeRaw`
    insert into ring_key (creator_id, key_id, wrapped, wrapping_key_id, state)
    values (${row.creatorId}, ${row.keyId}, ${row.wrapped}, ${row.wrappingKeyId}, 'active')
    on conflict do nothing`
  return count === 1
}

/** The active key verifies from now on; `false`: there was none. */
export async function retireFromMinting(tx: Tx, creatorId: string): Promise<boolean> {
  const count = await tx.$executeRaw`
    update ring_key set state = 'verifying' where creator_id = ${creatorId} and state = 'active'`
  return count === 1
}
