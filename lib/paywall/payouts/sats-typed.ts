/** Reads how many sats somebody typed, here and in a browser; pure. */
import { type Msat, satsToMsat } from '#lib/money.ts'

/** Sats as people type them, with or without separators; `null`: no amount that can be paid. */
export function readSats(typed: string): Msat | null {
  const digits = typed.replaceAll(/[\s,_]/g, '')
  return /^[1-9]\d{0,14}$/.test(digits) ? satsToMsat(BigInt(digits)) : null
}
