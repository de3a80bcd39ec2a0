/** Events that committed are passed on to whoever subscribed to them, at least once each. */
import type { Clock } from '#lib/clock.ts'
import type { Db } from '#lib/db.ts'
import type { Log } from '#lib/log.ts'
import { listUnrelayed, markRelayed } from '#lib/paywall/outbox-store.ts'
import { isKnownEvent } from '#lib/paywall/webhooks/event.ts'

export interface RelayDeps {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
}

const BATCH_EVENTS = 200

/**
 * Passes on all that waits and answers how many events. An event is marked after what follows from it was set going, so
 * a relay that is killed between the two passes it on again; receivers know events by their id. Today nobody can
 * subscribe. Pages that wait for their payment do not wait for this: settle-invoice tells them at once.
 */
export async function relayEvents(deps: RelayDeps, signal: AbortSignal): Promise<number> {
  let total = 0
  let count = BATCH_EVENTS
  while (count === BATCH_EVENTS && !signal.aborted) {
    const events = await listUnrelayed(deps.db.client, BATCH_EVENTS)
    for (const event of events) {
      // Our own row in a form that we do not know: passing it by is better than stopping all behind it.
      if (!isKnownEvent(event))
        deps.log.error('an event of the outbox cannot be read', { creatorId: event.creatorId, reason: event.type })
    }
    if (events.length > 0) await markRelayed(deps.db.client, events, deps.clock.now())
    count = events.length
    total += count
  }
  return total
}
