/** Money is whole millisatoshi in a bigint; this file holds the one rounding rule. */

declare const msatBrand: unique symbol
/** An amount in millisatoshi, never negative. */
export type Msat = bigint & { readonly [msatBrand]: true }

/** The most that can ever exist, 21 million bitcoin: an amount above it is a mistake, not a price. */
const MAX_MSAT = 2_100_000_000_000_000_000n
const MSAT_PER_SAT = 1000n

/** Brands a bigint as `Msat`. Throws `RangeError` when it is negative or more than can exist. */
export function msat(value: bigint): Msat {
  if (value < 0n || value > MAX_MSAT) throw new RangeError(`msat: expected 0 to ${MAX_MSAT}, got ${value}`)
  return value as Msat
}

/** Whole satoshis as `Msat`. */
export function satsToMsat(sats: bigint | number): Msat {
  return msat(BigInt(sats) * MSAT_PER_SAT)
}

/** The one rounding rule: a part of a satoshi counts as a whole one, so an invoice never asks less than the price. */
export function msatToSatsUp(amount: Msat): bigint {
  return (amount + MSAT_PER_SAT - 1n) / MSAT_PER_SAT
}

/** `a - b`; throws `RangeError` when that is below zero. */
export function subtractMsat(a: Msat, b: Msat): Msat {
  return msat(a - b)
}

/** The platform's part of `amount` at `ppm` parts per million, rounded down in the creator's favour. */
export function feeMsat(amount: Msat, ppm: number): Msat {
  return msat((amount * BigInt(ppm)) / 1_000_000n)
}

/** Sats for people: `1,234`; a part of a satoshi is shown, never rounded away. */
export function formatSats(amount: Msat): string {
  const whole = (amount / MSAT_PER_SAT).toLocaleString('en-US')
  const rest = amount % MSAT_PER_SAT
  return rest === 0n ? whole : `${whole}.${String(rest).padStart(3, '0')}`
}
