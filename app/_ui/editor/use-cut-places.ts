'use client'
/** Heights at which a cut can stand in the written text, measured from the mirror whenever it changes its shape. */
import { type RefObject, useLayoutEffect, useState } from 'react'

/** One height per possible cut, 0 to the number of blocks, in px from the top of the mirror. `lines` count from 1 in the shown text. */
export function useCutPlaces(mirror: RefObject<HTMLDivElement | null>, lines: readonly number[]): readonly number[] {
  const [places, setPlaces] = useState<readonly number[]>([])
  useLayoutEffect(() => {
    const element = mirror.current
    if (element === null) return
    const measure = () => setPlaces(measurePlaces(element, lines))
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [mirror, lines])
  return places
}

function measurePlaces(mirror: HTMLElement, lines: readonly number[]): number[] {
  const rows = mirror.children
  // The cut is drawn in the middle of the empty line in front of a block.
  const halfLine = Number.parseFloat(getComputedStyle(mirror).lineHeight) / 2
  const tops = lines.map((line) => {
    const row = rows[line - 1]
    return row instanceof HTMLElement ? row.offsetTop - halfLine : 0
  })
  const last = rows[rows.length - 1]
  const end = last instanceof HTMLElement ? last.offsetTop + last.offsetHeight + halfLine : 0
  return [...tops, end]
}
