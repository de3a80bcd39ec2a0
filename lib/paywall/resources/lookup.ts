/** Values by a name, of which a few are exchanged for newer ones without writing down all the others again. */

export type Lookup<T> = Pick<ReadonlyMap<string, T>, 'get' | 'has'>

interface Layered<T> extends Lookup<T> {
  readonly over: ReadonlyMap<string, T>
  readonly under: Lookup<T>
}

/** So many at most lie over the others; each look-up asks them first. */
const MOST_OVER = 64

/**
 * `base`, which stays as it is, with these in place of those that have the same names there; `null`: too many were exchanged
 * since all of them were written down, so do that again.
 */
export function exchange<T>(base: Lookup<T>, newer: readonly (readonly [name: string, T])[]): Lookup<T> | null {
  const { over: known, under } = isLayered(base) ? base : { over: [], under: base }
  const over = new Map([...known, ...newer])
  if (over.size > MOST_OVER) return null
  const layered: Layered<T> = {
    ...{ over, under },
    get: (name) => over.get(name) ?? under.get(name),
    has: (name) => under.has(name),
  }
  return layered
}

function isLayered<T>(lookup: Lookup<T>): lookup is Layered<T> {
  return 'over' in lookup
}
