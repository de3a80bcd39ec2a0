/** Random numbers that a seed repeats: quick enough for hundreds of millions of cases. */

export interface Random {
  /** A whole number from 0 up to, not including, `bound`. */
  below(bound: number): number
  bytes(length: number): Uint8Array
  pick<T>(items: readonly T[]): T
}

/** sfc32, seeded with two numbers: one names the run, the other the part of it, so parts can be run apart. */
export function seeded(seed: number, part = 0): Random {
  let a = seed | 0
  let b = part | 0
  let c = 0x9e3779b9 | 0
  let counter = 1
  const next = (): number => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    return sum >>> 0
  }
  for (let i = 0; i < 20; i++) next()
  const below = (bound: number): number => Math.floor((next() / 0x1_0000_0000) * bound)
  return {
    below,
    bytes: (length) => Uint8Array.from({ length }, () => below(256)),
    pick: (items) => {
      const item = items[below(items.length)]
      if (item === undefined) throw new RangeError('pick: no items')
      return item
    },
  }
}
