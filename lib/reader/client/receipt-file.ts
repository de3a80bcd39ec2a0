/** A receipt as the text a reader keeps, and back: whatever is pasted, linked or dropped becomes `M:P`. */
import type { Receipt } from './keepsakes.ts'

/** What the saved file says: for each article what it opens, and the receipt on a line of its own. */
export function receiptText(receipts: readonly Receipt[]): string {
  return receipts
    .map(
      ({ article, credential }) =>
        `${article.creator}: ${article.title}\n${location.origin}/${article.slug}\n\n${credential}\n`,
    )
    .join('\n')
}

const CREDENTIAL = /[A-Za-z0-9+/_=-]{80,}\s*[:.]\s*[0-9A-Fa-f]{64}(?![0-9A-Za-z])/g

/**
 * Every receipt in a text: the text of a file, a bare receipt broken over lines, or a link with `#<M>.<P>`. Whether it opens
 * anything is for the host to say.
 */
export function findReceipts(text: string): string[] {
  const found = text.match(CREDENTIAL) ?? text.replace(/\s/g, '').match(CREDENTIAL) ?? []
  return found.map((match) => {
    const joined = match.replace(/\s/g, '')
    return `${joined.slice(0, -65)}:${joined.slice(-64).toLowerCase()}`
  })
}
