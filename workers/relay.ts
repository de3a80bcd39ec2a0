/** Events that committed are passed on to whoever waits for them, at least once each. */

import { z } from 'zod'
import type { Clock } from '#lib/clock.ts'
import type { Db } from '#lib/db.ts'
import { describeCause, type Log } from '#lib/log.ts'
import type { Notices } from '#lib/notices.ts'
import { listUnrelayed, markRelayed, type OutboxEvent } from '#lib/paywall/outbox-store.ts'

export interface RelayDeps {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
  readonly notices: Pick<Notices, 'publish'>
}

const BATCH_EVENTS = 200
const SaleSettled = z.object({ challengeId: z.string() })

/**
 * Passes on all that waits and answers how many events. An event is marked after what follows from it was set going, so
 * a relay that is killed between the two passes it on again; receivers know events by their id.
 */
export async function relayEvents(deps: RelayDeps, signal: AbortSignal): Promise<number> {
  let total = 0
  let count = BATCH_EVENTS
  while (count === BATCH_EVENTS && !signal.aborted) {
    const events = await listUnrelayed(deps.db.client, BATCH_EVENTS)
    await Promise.all(events.map((event) => relayOne(deps, event)))
    if (events.length > 0) await markRelayed(deps.db.client, events, deps.clock.now())
    count = events.length
    total += count
  }
  return total
}

async function relayOne(deps: RelayDeps, event: OutboxEvent): Promise<void> {
  if (event.type !== 'sale.settled') return
  try {
    const { challengeId } = SaleSettled.parse(event.payload)
    await deps.notices.publish('settled', `${event.creatorId}/${challengeId}`)
  } catch (cause) {
    // Our own row in a form that we do not know: passing it by is better than stopping all behind it.
    deps.log.error('an event of the outbox cannot be read', { creatorId: event.creatorId, cause: describeCause(cause) })
  }
}
