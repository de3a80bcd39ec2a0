/** Where the free part ends: a count of top-level blocks, moved by steps, by the caret, and kept in place while the text changes. */

/** `cut` moved by `steps` blocks, within 0 (nothing is free) and `blocks` (everything is). */
export function moveCut(cut: number, steps: number, blocks: number): number {
  return Math.max(0, Math.min(blocks, cut + steps))
}

/** The cut after the block that holds `line`; lines count from 1. An empty line belongs to the block above it. */
export function cutAtLine(blockLines: readonly number[], line: number): number {
  return blockLines.filter((begin) => begin <= line).length
}

/** Line on which the paid part begins; one past the last line when everything is free. */
export function lineOfCut(blockLines: readonly number[], cut: number, lineCount: number): number {
  return blockLines[cut] ?? lineCount + 1
}

/**
 * Where the line of the cut is after an edit: it stays beside the same text. Lines that both versions begin with and end
 * with did not change; a cut within what changed goes to where the change begins.
 */
export function followCut(before: string, after: string, cutLine: number): number {
  const old = before.split('\n')
  const next = after.split('\n')
  const head = commonLength(old, next)
  if (cutLine - 1 <= head) return cutLine
  const limit = Math.min(old.length, next.length) - head
  const tail = Math.min(limit, commonLength(old.toReversed(), next.toReversed()))
  if (cutLine - 1 >= old.length - tail) return cutLine + next.length - old.length
  return head + 1
}

function commonLength(a: readonly string[], b: readonly string[]): number {
  let length = 0
  while (length < a.length && length < b.length && a[length] === b[length]) length += 1
  return length
}

/** The usual place of a cut: after the third block, earlier when the text is short, and never behind everything. */
export function usualCut(blocks: number): number {
  return Math.max(0, Math.min(3, blocks - 1))
}

/** Of several heights, the index of the one nearest to `y`: dragging snaps to the ends of blocks. */
export function nearestCut(heights: readonly number[], y: number): number {
  return heights.reduce(
    (best, height, index) => (Math.abs(height - y) < Math.abs((heights[best] ?? Infinity) - y) ? index : best),
    0,
  )
}
