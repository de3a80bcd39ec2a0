/** Whether what is sold is there, looked at once a minute. */

const CHECKED_FOR_MS = 60_000

/** Anybody may ask for an invoice, so the disk is read once a minute for each resource of a snapshot, however many ask. */
export function rememberForAMinute<R extends object>(
  check: (resource: R) => Promise<boolean>,
): (resource: R) => Promise<boolean> {
  const known = new WeakMap<R, { readonly atMs: number; readonly isWhole: Promise<boolean> }>()
  return (resource) => {
    const found = known.get(resource)
    if (found !== undefined && performance.now() - found.atMs < CHECKED_FOR_MS) return found.isWhole
    const isWhole = check(resource)
    known.set(resource, { atMs: performance.now(), isWhole })
    // What cannot be read now is looked at again, and so is what may have been repaired.
    void isWhole.then(
      (whole) => whole || known.delete(resource),
      () => known.delete(resource),
    )
    return isWhole
  }
}
