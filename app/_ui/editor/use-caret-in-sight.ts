'use client'
/** While somebody writes, the line with the caret stays between the bars that lie over the text, and above a phone's keyboard. */
import { type RefObject, useLayoutEffect } from 'react'

/** Room between the caret and a bar, in px. */
const ROOM = 12

/** Looks after every change of `text` and every move of the caret. Bars are marked `data-bar="top"` and `data-bar="bottom"`. */
export function useCaretInSight(
  field: RefObject<HTMLTextAreaElement | null>,
  mirror: RefObject<HTMLElement | null>,
  text: string,
): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new text moves the caret without an event of its own
  useLayoutEffect(() => {
    const look = () => {
      if (field.current !== null && mirror.current !== null && document.activeElement === field.current)
        bringIntoSight(field.current, mirror.current)
    }
    // After the browser has scrolled by itself, which does not know of the bars.
    const later = () => requestAnimationFrame(look)
    const frame = later()
    document.addEventListener('selectionchange', later)
    visualViewport?.addEventListener('resize', later)
    return () => {
      cancelAnimationFrame(frame)
      document.removeEventListener('selectionchange', later)
      visualViewport?.removeEventListener('resize', later)
    }
  }, [field, mirror, text])
}

function bringIntoSight(field: HTMLTextAreaElement, mirror: HTMLElement): void {
  // A selection that somebody is drawing is not pulled away under the pointer.
  if (field.selectionStart !== field.selectionEnd) return
  const caret = caretRect(field, mirror)
  if (caret === null) return
  const top = edgeOf('top')?.bottom ?? 0
  const keyboard = visualViewport === null ? innerHeight : visualViewport.offsetTop + visualViewport.height
  const bottom = Math.min(edgeOf('bottom')?.top ?? innerHeight, keyboard)
  if (caret.top < top + ROOM) scrollBy({ top: caret.top - top - ROOM, behavior: 'instant' })
  else if (caret.bottom > bottom - ROOM) scrollBy({ top: caret.bottom - bottom + ROOM, behavior: 'instant' })
}

function edgeOf(bar: 'top' | 'bottom'): DOMRect | undefined {
  return document.querySelector(`[data-bar="${bar}"]`)?.getBoundingClientRect()
}

/** Where the caret is drawn: its place in the mirror, which has the same lines at the same places. */
function caretRect(field: HTMLTextAreaElement, mirror: HTMLElement): DOMRect | null {
  const before = field.value.slice(0, field.selectionStart).split('\n')
  const row = mirror.children[before.length - 1]
  if (row === undefined) return null
  const walker = document.createTreeWalker(row, NodeFilter.SHOW_TEXT)
  let rest = before.at(-1)?.length ?? 0
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const length = node.textContent?.length ?? 0
    if (rest <= length) {
      const range = document.createRange()
      range.setStart(node, rest)
      const rect = range.getBoundingClientRect()
      return rect.height > 0 ? rect : row.getBoundingClientRect()
    }
    rest -= length
  }
  return row.getBoundingClientRect()
}
