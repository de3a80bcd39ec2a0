/** Marks what this browser has bought in the creator's list. */
import { onKeepsakesChange, readKeepsakes } from './keepsakes.ts'

export function markBought(): void {
  mark()
  onKeepsakesChange(mark)
}

function mark(): void {
  const bought = new Set(readKeepsakes().receipts.map(({ article }) => article.id))
  for (const row of document.querySelectorAll<HTMLElement>('[data-resource]')) {
    const isYours = bought.has(row.dataset.resource ?? '')
    for (const price of row.querySelectorAll<HTMLElement>('.row-price')) price.hidden = isYours
    for (const yours of row.querySelectorAll<HTMLElement>('.row-yours')) yours.hidden = !isYours
  }
}
