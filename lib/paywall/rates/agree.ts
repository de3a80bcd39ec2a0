/** Several sources become one rate: the median of those that agree, with the reason why each other one is left out. */

/** What one source says of one currency. */
export interface Quoted {
  readonly source: string
  readonly microPerBtc: bigint
}

export interface Agreed {
  /** `null`: too few agree, or they jumped. */
  readonly microPerBtc: bigint | null
  readonly sources: readonly string[]
  /** Sources that were not counted. */
  readonly leftOut: readonly string[]
  readonly why: 'agreed' | 'too_few' | 'jumped'
}

/** A source farther than this from the median lies, or stands still: 5 %. */
const DEVIATION_PERCENT = 5n
/** All together do not move by more within minutes: 20 %. What does is believed once the rate before is too old to compare with. */
const JUMP_PERCENT = 20n

/**
 * `configured`: how many sources there are; more than half of them have to agree, so that of three one may lie or be
 * silent. `previous`: the rate that holds now; `null`: none does.
 */
export function agree(
  quotes: readonly Quoted[],
  { configured, previous }: { configured: number; previous: bigint | null },
): Agreed {
  const middle = median(quotes.map(({ microPerBtc }) => microPerBtc))
  const near = quotes.filter(({ microPerBtc }) => isWithin(microPerBtc, middle, DEVIATION_PERCENT))
  const sources = near.map(({ source }) => source)
  const leftOut = quotes.filter((quote) => !near.includes(quote)).map(({ source }) => source)
  if (near.length * 2 <= configured) return { microPerBtc: null, sources, leftOut, why: 'too_few' }
  const microPerBtc = median(near.map((quote) => quote.microPerBtc))
  if (previous !== null && !isWithin(microPerBtc, previous, JUMP_PERCENT)) {
    return { microPerBtc: null, sources, leftOut, why: 'jumped' }
  }
  return { microPerBtc, sources, leftOut, why: 'agreed' }
}

/** Of an even number the mean of the two in the middle, rounded down; of none 0. */
export function median(values: readonly bigint[]): bigint {
  const sorted = values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  const upper = sorted[Math.floor(sorted.length / 2)] ?? 0n
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0n
  return (lower + upper) / 2n
}

function isWithin(value: bigint, of: bigint, percent: bigint): boolean {
  const distance = value > of ? value - of : of - value
  return distance * 100n <= of * percent
}
