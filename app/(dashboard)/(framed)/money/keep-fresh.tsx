'use client'
/** While something is under way the page asks again, as long as somebody looks at it. */
import { useRouter } from 'next/navigation'
import { useEffect } from 'react'

const EVERY_MS = 2_000

export function KeepFresh() {
  const router = useRouter()
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === 'visible' && router.refresh(), EVERY_MS)
    return () => clearInterval(timer)
  }, [router])
  return null
}
