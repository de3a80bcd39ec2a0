'use client'
/** What is typed here survives a reload; it is dropped once the page is live. */
import { useEffect, useState } from 'react'
import { isNumber, isString, object, orNull, parseJson } from '#app/_ui/json-guard.ts'

const KEY = 'satstile:welcome'

export interface Kept {
  readonly handle: string
  /** `null`: not typed, so it follows the handle. */
  readonly name: string | null
  readonly text: string
  readonly cut: number | null
  readonly price: string
  readonly draft: { readonly resourceId: string; readonly revision: number } | null
}

const isKept = object<Kept>({
  handle: isString,
  name: orNull(isString),
  text: isString,
  cut: orNull(isNumber),
  price: isString,
  draft: orNull(object<NonNullable<Kept['draft']>>({ resourceId: isString, revision: isNumber })),
})

/** Reads once, after the first paint: the server knows nothing of it. `null`: nothing was kept. */
export function useKept(onFound: (kept: Kept) => void): boolean {
  const [isRead, setRead] = useState(false)
  useEffect(() => {
    if (isRead) return
    const kept = read()
    if (kept !== null) onFound(kept)
    setRead(true)
  }, [isRead, onFound])
  return isRead
}

export function keep(kept: Kept): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(kept))
  } catch {
    // A browser that keeps nothing still publishes.
  }
}

export function forget(): void {
  try {
    localStorage.removeItem(KEY)
  } catch {
    // See keep().
  }
}

function read(): Kept | null {
  try {
    return parseJson(localStorage.getItem(KEY), isKept)
  } catch {
    return null
  }
}
