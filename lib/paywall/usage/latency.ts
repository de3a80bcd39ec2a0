/** How long something took, as a count in one of forty slots: enough for a median and a 99th percentile, whatever came. */

export const SLOTS = 40
const FIRST_MS = 1
const STEP = Math.SQRT2

/** The slot of a duration: the first ends at a millisecond, each of the others √2 times later, the last never. */
export function slotOf(ms: number): number {
  if (!(ms > FIRST_MS)) return 0
  return Math.min(SLOTS - 1, Math.ceil(Math.log(ms / FIRST_MS) / Math.log(STEP)))
}

/** The duration that a part `q` of all stayed below, in milliseconds, right to within a fifth; `null`: there were none. */
export function quantileMs(slots: readonly number[], q: number): number | null {
  const all = slots.reduce((sum, count) => sum + count, 0)
  if (all === 0) return null
  let rest = q * all
  for (const [slot, count] of slots.entries()) {
    if (count > 0 && rest <= count) return between(slot, rest / count)
    rest -= count
  }
  return between(slots.length - 1, 1)
}

function between(slot: number, part: number): number {
  const end = FIRST_MS * STEP ** slot
  const begin = slot === 0 ? 0 : end / STEP
  return begin + (end - begin) * part
}
