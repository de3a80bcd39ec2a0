'use client'
/** The newest page draws itself again when something is sold; says so while it cannot hear of it. */
import { useRouter } from 'next/navigation'
import { useEffect, useRef } from 'react'
import { formatClock } from '#app/_ui/format.ts'
import { useLive } from '#app/(dashboard)/(framed)/overview/use-live.ts'

/** Sales that come in a burst redraw the page once. */
const REFRESH_MS = 300

interface KeepLiveProps {
  readonly readAtMs: number
  readonly timeZone: string
  /** Those that stand there already: the stream reaches back a little. */
  readonly shown: readonly string[]
}

export function KeepLive({ readAtMs, timeZone, shown }: KeepLiveProps) {
  const router = useRouter()
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null)
  useEffect(() => () => clearTimeout(timer.current ?? undefined), [])
  const { since } = useLive(readAtMs, (sale) => {
    if (shown.includes(sale.id)) return
    timer.current ??= setTimeout(() => {
      timer.current = null
      router.refresh()
    }, REFRESH_MS)
  })
  return (
    <p role="status" className="mt-2 text-table text-waiting empty:hidden">
      {since !== null && `Live updates paused at ${formatClock(since, timeZone)}, reconnecting`}
    </p>
  )
}
