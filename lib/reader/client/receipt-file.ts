/** A receipt as the text a reader keeps, and back: whatever is pasted, linked or dropped becomes `M:P`. */
import type { Receipt } from './keepsakes.ts'

/** What the saved file says: for each article what it opens, and the receipt on a line of its own. */
function receiptText(receipts: readonly Receipt[]): string {
  return receipts
    .map(
      ({ article, credential }) =>
        `${article.creator}: ${article.title}\n${location.origin}/${article.slug}\n\n${credential}\n`,
    )
    .join('\n')
}

/** Hands out the file: all receipts, and what else the host says that this browser's cookies hold. */
export function downloadReceipts(receipts: readonly Receipt[], further = ''): void {
  const text = [receiptText(receipts), further].filter((part) => part !== '').join('\n')
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
  const link = document.createElement('a')
  link.href = url
  link.download = receipts.length === 1 ? `${receipts[0]?.article.slug ?? 'article'}.receipt.txt` : 'receipts.txt'
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 1000)
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

const END = /_valid_until=(\d{1,15})/g

/** When a receipt ends, in milliseconds since the epoch, as its own text says; `null`: never. Only to be shown. */
export function endOf(credential: string): number | null {
  const [macaroon = ''] = credential.split(':')
  const text = atob(macaroon.replaceAll('-', '+').replaceAll('_', '/'))
  const ends = [...text.matchAll(END)].map(([, seconds]) => Number(seconds) * 1000)
  return ends.length === 0 ? null : Math.min(...ends)
}
