/** How far a part of a body came, when it has ended. */
import type { Clock } from '#lib/clock.ts'
import type { Db } from '#lib/db.ts'
import { type BodyPart, end } from './delivery.ts'
import { type DeliveryKey, lockDelivery, writeDelivery } from './delivery-store.ts'

/** A part that has begun to leave, by which use. */
export interface BegunPart extends Omit<DeliveryKey, 'etag'> {
  readonly part: BodyPart
  readonly uses: number
}

/** `sentTo`: the end of what was handed over. A part of an earlier use changes nothing. */
export async function endPart(
  deps: { db: Db; clock: Clock },
  { part, uses, ...token }: BegunPart,
  sentTo: number,
): Promise<void> {
  const key = { ...token, etag: part.etag }
  await deps.db.inTransaction(async (tx) => {
    const delivery = await lockDelivery(tx, key)
    if (delivery.uses !== uses) return
    await writeDelivery(tx, key, end(delivery, part, { sentTo, now: deps.clock.now() }))
  })
}
