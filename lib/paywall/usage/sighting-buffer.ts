/** The first sight of a credential is noted for the workers; a hot token costs one set look-up per request. */
import { LRUCache } from 'lru-cache'
import type { Db } from '#lib/db.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import type { VerifiedToken } from '#lib/l402/token.ts'
import { describeCause, type Log } from '#lib/log.ts'
import type { Notices } from '#lib/notices.ts'
import { noteReceipts } from '#lib/paywall/entitlements/entitlement-store.ts'
import { insertSightings, type Sighting } from './sighting-store.ts'

export interface SightingBuffer {
  /** Notes a credential that was admitted, once per process; never throws and never waits. */
  note(sighting: Sighting): void
  /**
   * The same for a token as an object: a hot one is verified once, and known by its identity from then on. `isReceipt` is
   * asked at the first sight; the note of a receipt is then written again, should it be lost.
   */
  noteToken(creatorId: string, token: VerifiedToken, isReceipt: () => boolean): void
  flush(): Promise<void>
  close(): Promise<void>
}

/** A forged token must be denied within 2 s, the workers' look-up included. */
const FLUSH_MS = 200
const MAX_WAITING = 5_000
/** Token ids that this process has handed on; the oldest are forgotten and then noted again, which changes nothing. */
const MAX_KNOWN = 100_000

export function createSightingBuffer(deps: { db: Db; log: Log; notices: Pick<Notices, 'publish'> }): SightingBuffer {
  const known = new LRUCache<string, true>({ max: MAX_KNOWN })
  /** Tokens as objects that were noted; forgotten together when a write failed. */
  let seen = new WeakSet<VerifiedToken>()
  let waiting: (Sighting & { readonly isReceipt: boolean })[] = []
  let flushing: Promise<void> = Promise.resolve()

  const write = async () => {
    const batch = waiting
    if (batch.length === 0) return
    waiting = []
    try {
      // First, so that whoever checks a sighting finds the sale behind it.
      const receipts = batch.filter((sighting) => sighting.isReceipt)
      if (receipts.length > 0) await noteReceipts(deps.db.client, receipts)
      await insertSightings(deps.db.client, batch)
      void deps.notices.publish('sighted', '')
    } catch (cause) {
      // Asked again later: the next request with this credential notes it anew.
      for (const sighting of batch) known.delete(keyOf(sighting))
      seen = new WeakSet()
      deps.log.warn('sightings were not written', { count: batch.length, cause: describeCause(cause) })
    }
  }
  const flush = () => {
    flushing = flushing.then(write)
    return flushing
  }
  /** `false`: too many wait, so it is to be noted at its next use. */
  const note = (sighting: Sighting, isReceipt: () => boolean): boolean => {
    const key = keyOf(sighting)
    if (known.has(key)) return true
    if (waiting.length >= MAX_WAITING) return false
    known.set(key, true)
    waiting.push({ ...sighting, isReceipt: isReceipt() })
    return true
  }
  const timer = setInterval(() => void flush(), FLUSH_MS)
  timer.unref()

  return {
    note: (sighting) => void note(sighting, () => false),
    noteToken(creatorId, token, isReceipt) {
      if (seen.has(token)) return
      const { paymentHash, tokenId } = token.identifier
      const services = token.services.map(({ name }) => name)
      if (note({ paymentHash, tokenId, creatorId, services }, isReceipt)) seen.add(token)
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
