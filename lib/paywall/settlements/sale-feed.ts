/** A creator's sales as they become known: one look a second per creator and process, however many listen, and none is left out. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Clock } from '#lib/clock.ts'
import type { Db } from '#lib/db.ts'
import { describeCause, type Log } from '#lib/log.ts'
import type { Notices } from '#lib/notices.ts'
import { listSalesAfter, type Sale } from './sale-store.ts'

/** New sales, oldest first (often none), or that Postgres does not answer. */
export type SaleNews = readonly Sale[] | 'silent'

export interface SaleFeeds {
  /**
   * Calls `tell` with every sale that became known after `from`, each once, and after every look; answers how to stop.
   * `tell` must not throw.
   */
  follow(creatorId: string, from: Date, tell: (news: SaleNews) => void): () => void
}

export interface SaleFeedDeps {
  readonly db: Pick<Db, 'asCreator'>
  readonly log: Log
  readonly clock: Clock
  readonly notices: Pick<Notices, 'subscribe'>
}

const POLL_MS = 1_000
/** A transaction may become visible after one that began later, so each look reaches back this far. */
const OVERLAP_MS = 5_000
const PAGE_SALES = 500

/** Nobody is looked for before somebody follows. */
export function createSaleFeeds(deps: SaleFeedDeps): SaleFeeds {
  const feeds = new Map<string, Feed>()
  return {
    follow(creatorId, from, tell) {
      const feed = feeds.get(creatorId) ?? openFeed(deps, creatorId)
      feeds.set(creatorId, feed)
      const leave = feed.join(from, tell)
      return () => {
        leave()
        if (feed.close()) feeds.delete(creatorId)
      }
    },
  }
}

interface Feed {
  join(from: Date, tell: (news: SaleNews) => void): () => void
  /** Ends unless somebody still follows; answers whether it did. */
  close(): boolean
}

interface Follower {
  readonly tell: (news: SaleNews) => void
  /** What became known later is still to be told. */
  from: Date
  /** What was found while the follower is told of what was before; `null` when that is over. */
  waiting: Sale[] | null
  /** Of what was before, the ids that a look may find again. */
  readonly told: Set<string>
  hasLeft: boolean
}

function openFeed(deps: SaleFeedDeps, creatorId: string): Feed {
  const followers = new Set<Follower>()
  /** By id, when each became known; those that no look finds again are forgotten. */
  const seen = new Map<string, number>()
  let newestMs = deps.clock.now().getTime()
  let looking: Promise<void> = Promise.resolve()
  let isWaiting = false

  const tellAll = (news: SaleNews) => {
    for (const follower of followers) {
      if (follower.waiting === null) follower.tell(news === 'silent' ? news : unknownTo(follower, news))
      else if (news !== 'silent') follower.waiting.push(...news)
    }
  }
  const lookNow = async () => {
    isWaiting = false
    try {
      for await (const page of pagesAfter(deps, creatorId, new Date(newestMs - OVERLAP_MS))) {
        const fresh = page.filter(({ challengeId }) => !seen.has(challengeId))
        for (const { challengeId, createdAt } of fresh) {
          seen.set(challengeId, createdAt.getTime())
          newestMs = Math.max(newestMs, createdAt.getTime())
        }
        tellAll(fresh)
      }
      for (const [id, atMs] of seen) if (atMs < newestMs - 2 * OVERLAP_MS) seen.delete(id)
    } catch (cause) {
      deps.log.debug('live feed could not look', { creatorId, cause: describeCause(cause) })
      tellAll('silent')
    }
  }
  /** A look that began before a hint may have missed its sale, so one more follows; a second hint joins that one. */
  const look = () => {
    if (isWaiting) return
    isWaiting = true
    looking = looking.then(lookNow)
  }
  const timer = setInterval(look, POLL_MS)
  const unsubscribe = deps.notices.subscribe('settled', (key) => {
    if (key.startsWith(`${creatorId}/`)) look()
  })

  return {
    join(from, tell) {
      const follower: Follower = { tell, from, waiting: [], told: new Set(), hasLeft: false }
      followers.add(follower)
      void catchUp(deps, creatorId, follower).then(look)
      return () => {
        follower.hasLeft = true
        followers.delete(follower)
      }
    },
    close() {
      if (followers.size > 0) return false
      clearInterval(timer)
      unsubscribe()
      return true
    },
  }
}

/** Tells what became known before the follower joined, then what was found meanwhile; tries until it went well. */
async function catchUp(deps: SaleFeedDeps, creatorId: string, follower: Follower): Promise<void> {
  const again = new Date(deps.clock.now().getTime() - 2 * OVERLAP_MS)
  while (!follower.hasLeft) {
    try {
      await tellMissed(deps, { creatorId, follower, again })
      break
    } catch {
      follower.tell('silent')
      await pause(POLL_MS)
    }
  }
  follower.tell(unknownTo(follower, follower.waiting ?? []))
  follower.waiting = null
}

/** `again`: from here on a look may find what is told here. */
async function tellMissed(
  deps: SaleFeedDeps,
  { creatorId, follower, again }: { creatorId: string; follower: Follower; again: Date },
): Promise<void> {
  for await (const page of pagesAfter(deps, creatorId, follower.from)) {
    if (follower.hasLeft) return
    const fresh = unknownTo(follower, page)
    for (const { challengeId, createdAt } of fresh) if (createdAt >= again) follower.told.add(challengeId)
    // Should the next page fail: others of the same moment may be on it.
    const last = fresh.at(-1)
    if (last !== undefined) follower.from = new Date(last.createdAt.getTime() - 1)
    follower.tell(fresh)
  }
}

function unknownTo({ told }: Follower, sales: readonly Sale[]): readonly Sale[] {
  return told.size === 0 ? sales : sales.filter(({ challengeId }) => !told.has(challengeId))
}

/** All sales that became known after `after` until now, page by page; the last page may be empty. */
async function* pagesAfter(deps: SaleFeedDeps, creatorId: string, after: Date): AsyncGenerator<Sale[]> {
  let last: Sale | undefined
  for (;;) {
    const place = last === undefined ? { after } : { after: last.createdAt, afterId: last.challengeId }
    const page = await deps.db.asCreator(creatorId, (tx) =>
      listSalesAfter(tx, { creatorId, ...place, limit: PAGE_SALES }),
    )
    yield page
    last = page.at(-1)
    if (page.length < PAGE_SALES) return
  }
}
