/** The first sight of a credential is noted for the workers; a hot token costs one set look-up per request. */
import type { Db } from '#lib/db.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import { describeCause, type Log } from '#lib/log.ts'
import type { Notices } from '#lib/notices.ts'
import { insertSightings, type Sighting } from './sighting-store.ts'

export interface SightingBuffer {
  /** Notes a credential that was admitted, once per process; never throws and never waits. */
  note(sighting: Sighting): void
  flush(): Promise<void>
  close(): Promise<void>
}

/** A forged token must be denied within 2 s, the workers' look-up included. */
const FLUSH_MS = 200
const MAX_WAITING = 5_000
/** Token ids that this process has handed on; the oldest are forgotten and then noted again, which changes nothing. */
const MAX_KNOWN = 100_000

export function createSightingBuffer(deps: { db: Db; log: Log; notices: Pick<Notices, 'publish'> }): SightingBuffer {
  const known = new Set<string>()
  let waiting: Sighting[] = []
  let flushing: Promise<void> = Promise.resolve()

  const write = async () => {
    const batch = waiting
    if (batch.length === 0) return
    waiting = []
    try {
      await insertSightings(deps.db.client, batch)
      void deps.notices.publish('sighted', '')
    } catch (cause) {
      // Asked again later: the next request with this credential notes it anew.
      for (const sighting of batch) known.delete(keyOf(sighting))
      deps.log.warn('sightings were not written', { count: batch.length, cause: describeCause(cause) })
    }
  }
  const flush = () => {
    flushing = flushing.then(write)
    return flushing
  }
  const timer = setInterval(() => void flush(), FLUSH_MS)
  timer.unref()

  return {
    note(sighting) {
      const key = keyOf(sighting)
      if (known.has(key) || waiting.length >= MAX_WAITING) return
      remember(known, key)
      waiting.push(sighting)
    },
    flush,
    async close() {
      clearInterval(timer)
      await flush()
    },
  }
}

/** Both halves: a forged token may carry the id of a genuine one on another hash. */
function keyOf(sighting: Sighting): string {
  return encodeHex(sighting.tokenId) + encodeHex(sighting.paymentHash)
}

function remember(known: Set<string>, key: string): void {
  if (known.size >= MAX_KNOWN) {
    const oldest = known.values().next()
    if (!oldest.done) known.delete(oldest.value)
  }
  known.add(key)
}
