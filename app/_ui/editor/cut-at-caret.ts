/** The key that puts the cut where the caret stands: Ctrl or Cmd, Shift and P. */
import type { KeyboardEvent } from 'react'
import type { ArticleState } from './use-article.ts'

/** Moves the cut for that key and leaves every other one alone. */
export function cutAtCaret(article: ArticleState, event: KeyboardEvent<HTMLTextAreaElement>): void {
  if (!(event.ctrlKey || event.metaKey) || !event.shiftKey || event.key.toLowerCase() !== 'p') return
  event.preventDefault()
  const { value, selectionStart } = event.currentTarget
  article.cutAtShownLine(value.slice(0, selectionStart).split('\n').length)
}
