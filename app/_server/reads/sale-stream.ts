/** A creator's sales as server-sent events: within a second, each once per connection, until the browser goes away. */
import 'server-only'
import { webDeps } from '#app/_server/deps.ts'
import type { SaleNews } from '#lib/paywall/settlements/sale-feed.ts'
import { toLiveSale } from './overview.ts'

/** After this long without a sale the connection is shown to be alive. */
const BEAT_MS = 15_000
/** A session that ended must not be listened with for longer than this; the browser connects again by itself. */
const LIFETIME_MS = 5 * 60_000
/** A sale may carry a time before it could be seen; the browser knows those it has. */
const OVERLAP_MS = 5_000
/** How far back a browser that lost its connection may ask. */
const MAX_RESUME_MS = 60 * 60_000

interface StreamOptions {
  /** Unix milliseconds of the last sale that the browser saw, or of its page; `null`: from now on. */
  readonly after: string | null
  readonly signal: AbortSignal
}

export function openSaleStream(creatorId: string, options: StreamOptions): ReadableStream<Uint8Array> {
  const { clock, saleFeeds } = webDeps()
  let stop = (_isOpen: boolean) => {}
  return new ReadableStream({
    start(controller) {
      let send = (text: string) => controller.enqueue(encoder.encode(text))
      const tell = createTeller((text) => send(text))
      const timers = [setInterval(() => send(': alive\n\n'), BEAT_MS), setTimeout(() => stop(true), LIFETIME_MS)]
      send('retry: 2000\n\n')
      const leave = saleFeeds.follow(creatorId, resumeFrom(options.after, clock.now()), (news) =>
        tell(news, clock.now()),
      )
      stop = (isOpen) => {
        stop = () => {}
        // A look that is under way ends after the stream and has nobody to tell.
        send = () => {}
        for (const timer of timers) clearInterval(timer)
        leave()
        if (isOpen) controller.close()
      }
      options.signal.addEventListener('abort', () => stop(false), { once: true })
    },
    cancel: () => stop(false),
  })
}

const encoder = new TextEncoder()

/** Writes what a look found as events; silence and its end are told once each. */
function createTeller(send: (text: string) => void) {
  let isSilent = false
  return (found: SaleNews, now: Date) => {
    if ((found === 'silent') !== isSilent) {
      isSilent = !isSilent
      send(`event: ${isSilent ? 'silent' : 'back'}\ndata: ${now.getTime()}\n\n`)
    }
    for (const sale of found === 'silent' ? [] : found)
      send(`id: ${sale.createdAt.getTime()}\nevent: sale\ndata: ${JSON.stringify(toLiveSale(sale))}\n\n`)
  }
}

/** A little earlier than asked, and never long ago. */
function resumeFrom(after: string | null, now: Date): Date {
  const at = after !== null && /^\d{1,15}$/.test(after) ? Number(after) : now.getTime()
  return new Date(Math.max(now.getTime() - MAX_RESUME_MS, Math.min(at, now.getTime()) - OVERLAP_MS))
}
