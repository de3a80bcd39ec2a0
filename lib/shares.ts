/** What many share is counted by each of its parts, and taken from all of them or from none. */

/** A part and the most of it that may be taken at the same time. */
export type Part = readonly [key: string, limit: number]

type Share =
  /** `release` gives back, once however often it is called. */
  | { readonly kind: 'taken'; readonly release: () => void }
  /** `key`: the first part without room. */
  | { readonly kind: 'full'; readonly key: string }

export interface Shares {
  take(parts: readonly Part[], amount?: number): Share
}

/** Remembers only parts of which something is taken. An amount above a limit still fits into an untouched part. */
export function createShares(): Shares {
  const taken = new Map<string, number>()
  const add = (key: string, amount: number) => {
    const sum = (taken.get(key) ?? 0) + amount
    if (sum === 0) taken.delete(key)
    else taken.set(key, sum)
  }
  return {
    take(parts, amount = 1) {
      for (const [key, limit] of parts) {
        const before = taken.get(key)
        if (before !== undefined && before + amount > limit) return { kind: 'full', key }
      }
      for (const [key] of parts) add(key, amount)
      let isHeld = true
      return {
        kind: 'taken',
        release() {
          if (isHeld) for (const [key] of parts) add(key, -amount)
          isHeld = false
        },
      }
    },
  }
}
