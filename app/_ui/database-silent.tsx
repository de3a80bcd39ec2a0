'use client'
/** A page while the database is silent: since when, that nothing is lost, and another try, by hand or by itself. */
import { useRouter } from 'next/navigation'
import { useEffect } from 'react'
import { formatClock } from './format.ts'
import { Icon } from './icon.tsx'

const RETRY_MS = 3000

export function DatabaseSilent({ since }: { since: Date }) {
  const askAgain = useAskingAgain()
  return (
    <section role="status" className="mx-auto w-full max-w-[560px] px-5 py-16">
      <Icon name="clock" className="text-waiting" />
      <h1 className="mt-4 text-h2">The database does not answer</h1>
      <p className="mt-2 text-muted">
        It has been silent since {formatClock(since)}. Nothing is lost: what was written and sold is kept, and you stay
        signed in. This page asks again by itself.
      </p>
      <button type="button" onClick={askAgain} className="button button-primary mt-6">
        Try again
      </button>
    </section>
  )
}

/** Asks the server for this page again every few seconds while somebody looks at it; answers the way to ask at once. */
export function useAskingAgain(): () => void {
  const router = useRouter()
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === 'visible' && router.refresh(), RETRY_MS)
    return () => clearInterval(timer)
  }, [router])
  return () => router.refresh()
}
