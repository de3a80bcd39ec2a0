/** How an answer is measured in its seller's own unit: who tells the amount, and what a request reserves before it is known. */

/** A value in JSON and how much each of it counts, in thousandths of a unit: no rounding on the way. */
export interface Weighted {
  /** RFC 6901: `/usage/completion_tokens`. */
  readonly pointer: string
  readonly weightMilli: number
}

export interface VolumeMeter {
  /** What stands in `<service>_volume_<unit>`. */
  readonly unit: string
  /**
   * `header`: the answer's `X-L402-Volume`, in its head or behind its body. `json`: the sum of values of its body, or of the
   * last event of a stream that holds one of them.
   */
  readonly told: { readonly from: 'header' } | { readonly from: 'json'; readonly values: readonly Weighted[] }
  readonly estimate: {
    /** Of every request. */
    readonly units: number
    /** Beside that: what the request itself asks for, at most `ceiling`, and all of it where it names nothing. */
    readonly asked: (Weighted & { readonly ceiling: number }) | null
  }
}

/**
 * What a request reserves, in thousandths of a unit. `asked`: the number that its body names; `null`: none that can be
 * believed, so the most that it could have meant.
 */
export function estimateMilli({ estimate }: VolumeMeter, asked: number | null): bigint {
  const own = BigInt(estimate.units) * 1_000n
  if (estimate.asked === null) return own
  const { weightMilli, ceiling } = estimate.asked
  const most = BigInt(ceiling) * 1_000n
  if (asked === null) return own + most
  const wanted = BigInt(Math.ceil(asked)) * BigInt(weightMilli)
  return own + (wanted < most ? wanted : most)
}

/** What values that were told come to, in thousandths of a unit; less than a thousandth is dropped. `null`: none was told. */
export function toldMilli(values: readonly Weighted[], found: ReadonlyMap<string, number>): bigint | null {
  let sum: bigint | null = null
  for (const { pointer, weightMilli } of values) {
    const value = found.get(pointer)
    if (value !== undefined) sum = (sum ?? 0n) + weigh(value, weightMilli)
  }
  return sum
}

function weigh(value: number, weightMilli: number): bigint {
  if (Number.isSafeInteger(value)) return BigInt(value) * BigInt(weightMilli)
  return BigInt(Math.floor(value * weightMilli))
}

const VOLUME = /^(?:0|[1-9]\d{0,14})$/

/** The field `X-L402-Volume` in thousandths of a unit; `null`: absent, or no number of units. Source: protocol.md §2.6. */
export function readVolumeField(text: string | null | undefined): bigint | null {
  return text !== null && text !== undefined && VOLUME.test(text) ? BigInt(text) * 1_000n : null
}
