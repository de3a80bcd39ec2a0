'use client'
/** Sales of this creator as they are paid, by an event stream that reconnects by itself. */
import { useEffect, useRef, useState } from 'react'
import { type LiveSale, parseLiveSale } from '#app/_ui/live-sale.ts'

/** `since`: from when on sales are not told; `null` while they are. */
interface LiveState {
  readonly since: Date | null
}

/** A browser gives up on a stream that was answered with a fault; this asks again. */
const REOPEN_MS = 5000

/**
 * Calls `onSale` for each sale after `readAtMs`, when the page was read, and for some a little older; the browser's
 * EventSource resumes after the last one that it saw.
 */
export function useLive(readAtMs: number, onSale: (sale: LiveSale) => void): LiveState {
  const [since, setSince] = useState<Date | null>(null)
  const latest = useRef(onSale)
  latest.current = onSale
  const [after] = useState(readAtMs)
  useEffect(
    () =>
      keepOpen(`/overview/live?after=${after}`, {
        onSale: (sale) => latest.current(sale),
        onLost: (at) => setSince((before) => before ?? at),
        onBack: () => setSince(null),
      }),
    [after],
  )
  return { since }
}

interface Listener {
  readonly onSale: (sale: LiveSale) => void
  readonly onLost: (at: Date) => void
  readonly onBack: () => void
}

/** Answers how to end it. */
function keepOpen(url: string, listener: Listener): () => void {
  const source = new EventSource(url)
  let end = () => source.close()
  source.onopen = () => listener.onBack()
  source.onerror = () => {
    listener.onLost(new Date())
    if (source.readyState !== EventSource.CLOSED) return
    const timer = setTimeout(() => {
      end = keepOpen(url, listener)
    }, REOPEN_MS)
    end = () => clearTimeout(timer)
  }
  // The stream stands, but nobody behind it can tell of sales.
  source.addEventListener('silent', (event) => listener.onLost(new Date(Number(event.data))))
  source.addEventListener('back', () => listener.onBack())
  source.addEventListener('sale', (event) => {
    const sale = parseLiveSale(String(event.data))
    if (sale !== null) listener.onSale(sale)
  })
  return () => end()
}
