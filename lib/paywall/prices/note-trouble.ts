/** A seller hears what was wrong with the answers of their price server, and a server that fails all the time costs a row every few seconds. */
import { LRUCache } from 'lru-cache'
import type { Db } from '#lib/db.ts'
import { describeCause, type Log } from '#lib/log.ts'
import type { PriceQuestion } from './price-question.ts'
import { noteTrouble } from './trouble-store.ts'

export interface TroubleNoter {
  note(question: Pick<PriceQuestion, 'creatorId' | 'resourceId' | 'service'>, sentence: string): void
  /** Resolves when what is being written is written. */
  settled(): Promise<void>
}

const SPACING_MS = 5_000
const MAX_SERVICES = 5_000

export function createTroubleNoter(deps: { db: Db; log: Log; spacingMs?: number }): TroubleNoter {
  const { db, log, spacingMs = SPACING_MS } = deps
  /** By service: when the last word was written, and what has come since. */
  const told = new LRUCache<string, { atMs: number; waiting: number; sentence: string }>({ max: MAX_SERVICES })
  let writing: Promise<unknown> = Promise.resolve()
  return {
    note({ creatorId, resourceId, service }, sentence) {
      const known = told.get(service)
      const isNews = known === undefined || known.sentence !== sentence
      const times = (known?.waiting ?? 0) + 1
      const now = performance.now()
      if (!isNews && now - known.atMs < spacingMs) {
        known.waiting = times
        return
      }
      told.set(service, { atMs: now, waiting: 0, sentence })
      log.warn('a price server names no price', { creatorId, resourceId, reason: sentence })
      const row = { creatorId, resourceId, service, sentence, times }
      writing = Promise.all([writing, noteTrouble(db.client, row).catch(describe(log))])
    },
    settled: async () => void (await writing),
  }
}

const describe = (log: Log) => (cause: unknown) =>
  log.warn('trouble with a price server was not noted', { cause: describeCause(cause) })
