/** Every query on answers that are given again: a request that is repeated changes nothing a second time (reliability.md §4, rule 11). */
import type { Tx } from '#lib/db.ts'

export interface RepeatKey {
  readonly creatorId: string
  readonly endpoint: string
  /** As the client chose it. */
  readonly key: string
}

/**
 * Takes the key for this request in the transaction that does its work. `false`: somebody has it. Atomic against the same
 * key elsewhere, which waits here until that other transaction has ended.
 */
export async function takeRepeatKey(
  tx: Tx,
  { creatorId, endpoint, key, requestHash }: RepeatKey & { requestHash: Uint8Array },
): Promise<boolean> {
  const count = await tx.$executeRaw`
    insert into idempotency_key (creator_id, endpoint, key, request_hash)
    values (${creatorId}, ${endpoint}, ${key}, ${requestHash}) on conflict do nothing`
  return count === 1
}

export async function setRepeatAnswer(
  tx: Tx,
  { creatorId, endpoint, key, answer }: RepeatKey & { answer: string },
): Promise<void> {
  await tx.$executeRaw`
    update idempotency_key set answer = ${answer}
    where creator_id = ${creatorId} and endpoint = ${endpoint} and key = ${key}`
}

/** What was answered before; `null`: nothing that took effect. */
export function findRepeatAnswer(
  tx: Tx,
  { creatorId, endpoint, key }: RepeatKey,
): Promise<{ requestHash: Uint8Array; answer: string } | null> {
  return tx.idempotencyKey.findUnique({
    where: { creatorId_endpoint_key: { creatorId, endpoint, key } },
    select: { requestHash: true, answer: true },
  })
}

/** Deletes at most `limit` of those made before; answers how many. */
export function deleteRepeatKeys(tx: Tx, { before, limit }: { before: Date; limit: number }): Promise<number> {
  return tx.$executeRaw`
    delete from idempotency_key where (creator_id, endpoint, key) in
      (select creator_id, endpoint, key from idempotency_key where created_at < ${before} limit ${limit})`
}
