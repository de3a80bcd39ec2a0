/** How much waits for the workers; each count ends at ten thousand, so that asking costs little however long a queue is. */
import type { Tx } from '#lib/db.ts'

export interface Waiting {
  /** Challenges that the node has not ended. */
  readonly invoices: number
  readonly sightings: number
  readonly events: number
}

const MOST = 10_000

export async function countWaiting(tx: Tx): Promise<Waiting> {
  const [row] = await tx.$queryRaw<Waiting[]>`
    select
      (select count(*)::int from (select from challenge where state in ('open', 'expired') limit ${MOST}) as c) as invoices,
      (select count(*)::int from (select from sighting where finding is null limit ${MOST}) as s) as sightings,
      (select count(*)::int from (select from outbox where relayed_at is null limit ${MOST}) as o) as events`
  return row ?? { invoices: 0, sightings: 0, events: 0 }
}
