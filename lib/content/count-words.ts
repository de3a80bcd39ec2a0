/** Counts the words a person reads: text and code, but neither marks nor addresses. */
import type { Nodes } from 'mdast'

/** A letter of a script that sets no spaces counts as a word, as is usual for Chinese and Japanese. */
const WORD = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|[\p{L}\p{N}\p{M}]+(?:['’-][\p{L}\p{N}\p{M}]+)*/gu

/** Words in a tree. A word whose letters are set differently counts once for each way it is set. */
export function countWords(root: Nodes): number {
  let count = 0
  const open: Nodes[] = [root]
  for (let node = open.pop(); node; node = open.pop()) {
    if (node.type === 'text' || node.type === 'code' || node.type === 'inlineCode') {
      count += node.value.match(WORD)?.length ?? 0
    }
    if ('children' in node) open.push(...node.children)
  }
  return count
}
