/** Every query on whom creators block. */
import type { Tx } from '#lib/db.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import { type Block, MAX_BLOCKS } from './block.ts'
import type { BlockedSubject } from './block-list.ts'

export interface BlockRow extends BlockedSubject {
  readonly id: string
  readonly note: string
  readonly createdAt: Date
}

/** Of each of these creators; those who block nobody are missing. */
export async function listBlocksOf(
  tx: Tx,
  creatorIds: readonly string[],
): Promise<ReadonlyMap<string, BlockedSubject[]>> {
  const rows = await tx.$queryRaw<(BlockedSubject & { creatorId: string })[]>`
    select creator_id as "creatorId", network, token from blocked where creator_id = any(${[...creatorIds]})`
  return Map.groupBy(rows, ({ creatorId }) => creatorId)
}

/** The youngest first. */
export async function listBlocks(tx: Tx, creatorId: string): Promise<BlockRow[]> {
  return tx.$queryRaw<BlockRow[]>`
    select id, network, token, note, created_at as "createdAt" from blocked
    where creator_id = ${creatorId} order by created_at desc, id`
}

/**
 * `replayed`: it is there already. `full`: there are too many. The bound stands in the statement, and whoever adds holds
 * the creator's row, so two at once do not pass it together.
 */
export async function insertBlock(
  tx: Tx,
  input: { creatorId: string; id: string; block: Block; note: string },
): Promise<'applied' | 'replayed' | 'full'> {
  const { creatorId, id, block, note } = input
  const network = block.kind === 'network' ? block.network : null
  const token = block.kind === 'token' ? encodeHex(block.mark) : null
  const count = await tx.$executeRaw`
    insert into blocked (creator_id, id, network, token, note)
    select ${creatorId}, ${id}, ${network}, decode(${token}, 'hex'), ${note}
    where (select count(*) from blocked where creator_id = ${creatorId}) < ${MAX_BLOCKS}
    on conflict do nothing`
  if (count === 1) return 'applied'
  const [row] = await tx.$queryRaw<{ isThere: boolean }[]>`
    select exists (select from blocked where creator_id = ${creatorId}
      and (network = ${network} or token = decode(${token}, 'hex'))) as "isThere"`
  return row?.isThere ? 'replayed' : 'full'
}

/** `false`: this creator has no such entry. */
export async function deleteBlock(tx: Tx, key: { creatorId: string; id: string }): Promise<boolean> {
  return (await tx.$executeRaw`delete from blocked where creator_id = ${key.creatorId} and id = ${key.id}`) === 1
}
