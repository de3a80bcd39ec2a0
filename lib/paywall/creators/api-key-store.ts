/** Every query on secret keys; of a secret only its SHA-256 is written, and only the door's role may read that. */
import type { Tx } from '#lib/db.ts'
import type { ApiKey } from './api-key.ts'

interface KeyName {
  readonly creatorId: string
  readonly id: string
}

const SHOWN = {
  id: true,
  name: true,
  publicId: true,
  createdAt: true,
  endsAt: true,
  lastUsedAt: true,
  lastRefusedAt: true,
} as const

/** The creator's, newest first. */
export function listApiKeys(tx: Tx, creatorId: string): Promise<ApiKey[]> {
  return tx.apiKey.findMany({ where: { creatorId }, select: SHOWN, orderBy: [{ createdAt: 'desc' }, { id: 'desc' }] })
}

/**
 * Adds a key unless the creator has `most` that live. `false`: it has. Atomic against other callers, who wait for the
 * creator's row.
 */
export async function insertApiKey(
  tx: Tx,
  key: KeyName & { name: string; publicId: string; secretHash: Uint8Array; most: number },
): Promise<boolean> {
  const { creatorId, id, name, publicId, secretHash, most } = key
  await tx.$queryRaw`select id from creator where id = ${creatorId} for no key update`
  const count = await tx.$executeRaw`
    insert into api_key (creator_id, id, name, public_id, secret_hash)
    select ${creatorId}, ${id}, ${name}, ${publicId}, ${secretHash}
    where (select count(*) from api_key where creator_id = ${creatorId} and ends_at is null) < ${most}`
  return count === 1
}

/** From `endsAt` on, or sooner if that was said before, the key opens nothing. `null`: there is none that lives by then. */
export async function endApiKey(tx: Tx, { creatorId, id, endsAt }: KeyName & { endsAt: Date }): Promise<string | null> {
  const rows = await tx.$queryRaw<{ name: string }[]>`
    update api_key set ends_at = ${endsAt}
    where creator_id = ${creatorId} and id = ${id} and (ends_at is null or ends_at > ${endsAt})
    returning name`
  return rows[0]?.name ?? null
}

/** What the door compares and judges by. */
export interface HeldKey extends KeyName {
  readonly secretHash: Uint8Array
  readonly endsAt: Date | null
  /** Whose handle it is now. */
  readonly handle: string
}

/** The key of this public id, whoever's it is. */
export async function findHeldKey(tx: Tx, publicId: string): Promise<HeldKey | null> {
  const rows = await tx.$queryRaw<HeldKey[]>`
    select k.creator_id as "creatorId", k.id, k.secret_hash as "secretHash", k.ends_at as "endsAt", c.handle
    from api_key k join creator c on c.id = k.creator_id where k.public_id = ${publicId}`
  return rows[0] ?? null
}

/** Notes that it was shown, while it lived or afterwards. */
export async function noteKeyShown(tx: Tx, { creatorId, id, isOver }: KeyName & { isOver: boolean }): Promise<void> {
  await (isOver
    ? tx.$executeRaw`update api_key set last_refused_at = now() where creator_id = ${creatorId} and id = ${id}`
    : tx.$executeRaw`update api_key set last_used_at = now() where creator_id = ${creatorId} and id = ${id}`)
}
