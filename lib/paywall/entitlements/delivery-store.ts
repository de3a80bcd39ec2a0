/** Every query on deliveries: which parts of a body a use of a token has brought. */
import type { Tx } from '#lib/db.ts'
import type { Delivery } from './delivery.ts'

export interface DeliveryKey {
  readonly creatorId: string
  readonly tokenId: Uint8Array
  readonly service: string
  readonly etag: string
}

interface DeliveryRow {
  readonly uses: number
  readonly sent: readonly bigint[]
  readonly granted: number
  readonly movedAt: Date
}

/** Holds the delivery until the transaction ends, made when there is none: parts asked for at once are judged in turn. */
export async function lockDelivery(tx: Tx, key: DeliveryKey): Promise<Delivery> {
  await tx.$executeRaw`
    insert into delivery (creator_id, token_id, service, etag, moved_at)
    values (${key.creatorId}, ${key.tokenId}, ${key.service}, ${key.etag}, now()) on conflict do nothing`
  const [row] = await tx.$queryRaw<DeliveryRow[]>`
    select uses, sent, granted::float8 as granted, moved_at as "movedAt" from delivery
    where creator_id = ${key.creatorId} and token_id = ${key.tokenId} and service = ${key.service} and etag = ${key.etag}
    for update`
  if (row === undefined) return { uses: 0, sent: [], granted: 0, movedAt: new Date(0) }
  return { ...row, sent: row.sent.map(Number) }
}

export async function writeDelivery(tx: Tx, key: DeliveryKey, delivery: Delivery): Promise<void> {
  await tx.$executeRaw`
    update delivery set uses = ${delivery.uses}, sent = ${delivery.sent.map(BigInt)}::bigint[],
      granted = ${BigInt(delivery.granted)}, moved_at = ${delivery.movedAt}
    where creator_id = ${key.creatorId} and token_id = ${key.tokenId} and service = ${key.service} and etag = ${key.etag}`
}

/** Deletes what has not moved since `before`, at most `limit` rows; answers how many. */
export async function deleteDeliveries(tx: Tx, { before, limit }: { before: Date; limit: number }): Promise<number> {
  return tx.$executeRaw`
    delete from delivery where (creator_id, token_id, service, etag) in (
      select creator_id, token_id, service, etag from delivery where moved_at < ${before} order by moved_at limit ${limit})`
}
