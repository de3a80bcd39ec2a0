/** An event exists if and only if the change that it tells of committed: a row inside the caller's transaction. */
import type { Tx } from '#lib/db.ts'
import { newId } from '#lib/ids.ts'
import type { EventPayload, EventType } from './webhooks/event.ts'

/** An event as the relay reads it; `payload` is parsed again by whoever uses it. */
export interface OutboxEvent {
  readonly creatorId: string
  readonly id: string
  readonly type: string
  readonly payload: unknown
}

/** One event to append. */
export interface NewEvent<T extends EventType> {
  readonly creatorId: string
  readonly type: T
  readonly payload: EventPayload<T>
}

/** Appends events to the transaction that made them true. */
export async function appendEvents<T extends EventType>(tx: Tx, events: readonly NewEvent<T>[]): Promise<void> {
  const rows = JSON.stringify(events.map((event) => ({ ...event, id: newId('evt') })))
  await tx.$executeRaw`insert into outbox (creator_id, id, type, payload)
    select "creatorId", id, type, payload
    from jsonb_to_recordset(${rows}::jsonb) as event("creatorId" text, id text, type text, payload jsonb)`
}

/** At most `limit` events that nobody has passed on, oldest first. Two relays at once may read the same ones. */
export async function listUnrelayed(tx: Tx, limit: number): Promise<OutboxEvent[]> {
  return tx.$queryRaw<OutboxEvent[]>`
    select creator_id as "creatorId", id, type, payload from outbox where relayed_at is null
    order by created_at limit ${limit}`
}

/** Marks events as passed on, after everything that follows from them was set going. */
export async function markRelayed(tx: Tx, events: readonly OutboxEvent[], at: Date): Promise<void> {
  const keys = JSON.stringify(events.map(({ creatorId, id }) => ({ creatorId, id })))
  await tx.$executeRaw`
    update outbox set relayed_at = ${at}
    from jsonb_to_recordset(${keys}::jsonb) as done("creatorId" text, id text)
    where outbox.creator_id = done."creatorId" and outbox.id = done.id and relayed_at is null`
}

/** Deletes at most `limit` events passed on before `before`; answers how many. */
export async function deleteRelayed(tx: Tx, key: { before: Date; limit: number }): Promise<number> {
  return tx.$executeRaw`delete from outbox where (creator_id, id) in (
    select creator_id, id from outbox where relayed_at < ${key.before} order by relayed_at limit ${key.limit})`
}
