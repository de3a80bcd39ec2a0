'use client'
/** Now: sales slide in as they are paid; the list can be held still. */
import { useRouter } from 'next/navigation'
import { useEffect, useRef, useState } from 'react'
import { formatClock } from '#app/_ui/format.ts'
import { Icon } from '#app/_ui/icon.tsx'
import type { LiveSale } from '#app/_ui/live-sale.ts'
import { Sats } from '#app/_ui/sats.tsx'
import { useLive } from './use-live.ts'

const ROWS = 6
const JUST_NOW_MS = 60_000
/** Sales that come in a burst redraw the figures once. */
const REFRESH_MS = 300

interface LiveFeedProps {
  readonly sales: readonly LiveSale[]
  readonly readAtMs: number
  /** Of the clock beside each sale. */
  readonly timeZone: string
}

export function LiveFeed({ sales: first, readAtMs, timeZone }: LiveFeedProps) {
  const [sales, setSales] = useState(first)
  const [held, setHeld] = useState<readonly LiveSale[] | null>(null)
  const refresh = useLazyRefresh()
  const known = useRef(new Set(first.map(({ id }) => id)))
  const { since } = useLive(readAtMs, (sale) => {
    // The stream reaches back a little; the figures already hold what the page was made with.
    if (known.current.has(sale.id)) return
    known.current.add(sale.id)
    setSales((before) => addSale(before, sale))
    refresh()
  })
  const shown = held ?? sales
  const waiting = held === null ? 0 : sales.filter((sale) => !held.some(({ id }) => id === sale.id)).length
  return (
    <section aria-labelledby="now-title">
      <div className="flex items-center justify-between">
        <h2 id="now-title" className="text-lead">
          Now
        </h2>
        <button
          type="button"
          aria-pressed={held !== null}
          onClick={() => setHeld(held === null ? sales : null)}
          className="flex min-h-6 items-center gap-1 text-table text-muted hover:text-text"
        >
          <Icon name={held === null ? 'pause' : 'play'} className="size-4.5!" />
          {held === null ? 'Pause' : waiting === 0 ? 'Go on' : `Go on, ${waiting} new`}
        </button>
      </div>
      {since !== null && (
        <p role="status" className="mt-2 flex items-center gap-2 text-table text-waiting">
          <Icon name="clock" />
          Live updates paused at {formatClock(since, timeZone)}, reconnecting
        </p>
      )}
      <ol aria-live={held === null ? 'polite' : 'off'} className="mt-2">
        {shown.slice(0, ROWS).map((sale) => (
          <SaleRow key={sale.id} sale={sale} timeZone={timeZone} isNew={!first.some(({ id }) => id === sale.id)} />
        ))}
      </ol>
    </section>
  )
}

function SaleRow({ sale, timeZone, isNew }: { sale: LiveSale; timeZone: string; isNew: boolean }) {
  const isProgram = sale.channel === 'http'
  return (
    <li className={`flex gap-4 border-b border-hairline py-[9px] text-table ${isNew ? 'animate-slide-in' : ''}`}>
      <time dateTime={new Date(sale.settledAtMs).toISOString()} className="w-14 text-muted">
        {formatClock(new Date(sale.settledAtMs), timeZone)}
      </time>
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium">{sale.title}</span>
        <span className="flex items-center gap-1.5 text-muted">
          <Icon name={isProgram ? 'program' : 'person'} className="size-4!" />
          {isProgram ? 'program, HTTP' : 'person, hosted'}
        </span>
      </span>
      <span className="text-right">
        <Sats amount={BigInt(sale.amountMsat)} unit={false} className="block font-semibold" />
        <JustNow at={sale.settledAtMs} />
      </span>
    </li>
  )
}

/** `just now` for a minute; decided in the browser, so that server and browser never draw two different texts. */
function JustNow({ at }: { at: number }) {
  const [isFresh, setFresh] = useState(false)
  useEffect(() => {
    const leftMs = at + JUST_NOW_MS - Date.now()
    setFresh(leftMs > 0)
    if (leftMs <= 0) return
    const timer = setTimeout(() => setFresh(false), leftMs)
    return () => clearTimeout(timer)
  }, [at])
  return isFresh ? <span className="text-label text-muted">just now</span> : null
}

function addSale(before: readonly LiveSale[], sale: LiveSale): readonly LiveSale[] {
  return [sale, ...before].sort((a, b) => b.settledAtMs - a.settledAtMs).slice(0, ROWS * 3)
}

function useLazyRefresh(): () => void {
  const router = useRouter()
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null)
  useEffect(() => () => clearTimeout(timer.current ?? undefined), [])
  return () => {
    timer.current ??= setTimeout(() => {
      timer.current = null
      router.refresh()
    }, REFRESH_MS)
  }
}
