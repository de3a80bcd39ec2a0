/** A creator's sales as they become known: within a second, each once per connection, until the browser goes away. */
import 'server-only'
import { webDeps } from '#app/_server/deps.ts'
import { describeCause } from '#lib/log.ts'
import { listSalesAfter, type Sale } from '#lib/paywall/settlements/sale-store.ts'
import { toLiveSale } from './overview.ts'

const POLL_MS = 1000
/** A transaction may become visible after one that began later, so each look reaches back this far. */
const OVERLAP_MS = 5000
/** After this long without a sale the connection is shown to be alive. */
const BEAT_MS = 15_000
/** A session that ended must not be listened with for longer than this; the browser connects again by itself. */
const LIFETIME_MS = 5 * 60_000
const PAGE = 50
/** How far back a browser that lost its connection may ask. */
const MAX_RESUME_MS = 60 * 60_000

interface StreamOptions {
  /** Unix milliseconds of the last sale that the browser saw, or of its page; `null`: from now on. */
  readonly after: string | null
  readonly signal: AbortSignal
}

export function openSaleStream(creatorId: string, options: StreamOptions): ReadableStream<Uint8Array> {
  const { clock, notices } = webDeps()
  const feed = createFeed(creatorId, resumeFrom(options.after, clock.now()))
  let stop = (_isOpen: boolean) => {}
  return new ReadableStream({
    start(controller) {
      let send = (text: string) => controller.enqueue(encoder.encode(text))
      const tell = createTeller((text) => send(text))
      const look = async () => tell(await feed.next(), clock.now())
      const timers = [
        setInterval(() => void look(), POLL_MS),
        setInterval(() => send(': alive\n\n'), BEAT_MS),
        setTimeout(() => stop(true), LIFETIME_MS),
      ]
      const unsubscribe = notices.subscribe('settled', (key) => key.startsWith(`${creatorId}/`) && void look())
      stop = (isOpen) => {
        stop = () => {}
        // A look that is under way ends after the stream and has nobody to tell.
        send = () => {}
        for (const timer of timers) clearInterval(timer)
        unsubscribe()
        if (isOpen) controller.close()
      }
      options.signal.addEventListener('abort', () => stop(false), { once: true })
      send('retry: 2000\n\n')
      void look()
    },
    cancel: () => stop(false),
  })
}

const encoder = new TextEncoder()

/** Writes what a look found as events; silence and its end are told once each. */
function createTeller(send: (text: string) => void) {
  let isSilent = false
  return (found: Found | null, now: Date) => {
    if (found === null) return
    if ((found === 'silent') !== isSilent) {
      isSilent = !isSilent
      send(`event: ${isSilent ? 'silent' : 'back'}\ndata: ${now.getTime()}\n\n`)
    }
    for (const sale of found === 'silent' ? [] : found)
      send(`id: ${sale.createdAt.getTime()}\nevent: sale\ndata: ${JSON.stringify(toLiveSale(sale))}\n\n`)
  }
}

/** New sales, oldest first, or that Postgres does not answer. */
type Found = Sale[] | 'silent'

/** Asks for what is new, one question at a time; what was answered once is not answered again. */
function createFeed(creatorId: string, from: Date) {
  const { db, log } = webDeps()
  const seen = new Set<string>()
  let newest = from
  let last: Promise<Found> = Promise.resolve([])
  let waiting: typeof last | null = null

  const ask = async (): Promise<Found> => {
    const after = new Date(newest.getTime() - (seen.size === 0 ? 0 : OVERLAP_MS))
    try {
      const sales = await db.asCreator(creatorId, (tx) => listSalesAfter(tx, { creatorId, after, limit: PAGE }))
      return takeFresh(sales)
    } catch (cause) {
      log.debug('live feed could not look', { creatorId, cause: describeCause(cause) })
      return 'silent'
    }
  }

  const takeFresh = (sales: Sale[]): Sale[] => {
    const fresh = sales.filter(({ challengeId, createdAt }) => !seen.has(challengeId) && createdAt >= from)
    for (const sale of fresh) {
      seen.add(sale.challengeId)
      if (sale.createdAt > newest) newest = sale.createdAt
    }
    return fresh
  }

  return {
    /** `null`: another look will tell. When Postgres does not answer, the next second asks again. */
    async next(): Promise<Found | null> {
      // A look that began before the hint may have missed its sale, so one more follows; a second hint joins that one.
      if (waiting !== null) return null
      waiting = last.then(() => {
        waiting = null
        return ask()
      })
      last = waiting
      return await last
    },
  }
}

/** A little earlier than asked: a sale may carry a time before it could be seen. The browser knows those it has. */
function resumeFrom(after: string | null, now: Date): Date {
  const at = after !== null && /^\d{1,15}$/.test(after) ? Number(after) : now.getTime()
  return new Date(Math.max(now.getTime() - MAX_RESUME_MS, Math.min(at, now.getTime()) - OVERLAP_MS))
}
