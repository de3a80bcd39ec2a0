'use client'
/** A figure that counts up to its new value in 400 ms; still where people asked for less motion. */
import { useEffect, useRef, useState } from 'react'
import { formatCount } from './format.ts'

const DURATION_MS = 400

export function CountUp({ value }: { value: number }) {
  const [shown, setShown] = useState(value)
  const from = useRef(value)
  useEffect(() => {
    const start = from.current
    from.current = value
    if (start === value || matchMedia('(prefers-reduced-motion: reduce)').matches) return setShown(value)
    const begunAt = performance.now()
    let frame = requestAnimationFrame(function step(now) {
      const part = Math.min(1, (now - begunAt) / DURATION_MS)
      setShown(Math.round(start + (value - start) * part))
      if (part < 1) frame = requestAnimationFrame(step)
    })
    return () => cancelAnimationFrame(frame)
  }, [value])
  return <>{formatCount(shown)}</>
}
