/** The most that the network may take of a payout; pure. */
import { type Msat, msat, satsToMsat } from '#lib/money.ts'

/** Routes of small amounts cost whole sats; less than this would find none. */
const LEAST_MSAT = satsToMsat(5)

/** `ppm` parts per million of the amount, rounded up to a whole sat, and never below five sats. */
export function feeCap(amountMsat: Msat, ppm: number): Msat {
  const part = ((amountMsat * BigInt(ppm) + 999_999_999n) / 1_000_000_000n) * 1_000n
  return part > LEAST_MSAT ? msat(part) : LEAST_MSAT
}
