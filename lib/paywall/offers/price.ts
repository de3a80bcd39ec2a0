/** A price as a person types it, to millisatoshi: whole sats in plain digits, and a sentence for everything else. */
import { type Msat, satsToMsat } from '#lib/money.ts'

/** lnd's limit for a channel that is not "wumbo" is 4,294,967 sats; a higher invoice most wallets could not pay. */
export const MAX_PRICE_SATS = 4_000_000n

export type ParsedPrice =
  | { readonly kind: 'price'; readonly amountMsat: Msat }
  | { readonly kind: 'invalid'; readonly message: string }

/** `text` as it came from the field; nothing is trimmed or guessed, because a price misread is money. */
export function parsePrice(text: string): ParsedPrice {
  const message = refuseShape(text)
  if (message !== null) return { kind: 'invalid', message }
  // Twenty digits are above every limit; reading a million of them would be work for nothing.
  const sats = text.length > 20 ? MAX_PRICE_SATS + 1n : BigInt(text)
  if (sats === 0n) return { kind: 'invalid', message: 'A price is at least 1 sat.' }
  if (sats > MAX_PRICE_SATS)
    return { kind: 'invalid', message: `A price is at most ${MAX_PRICE_SATS.toLocaleString('en-US')} sats.` }
  return { kind: 'price', amountMsat: satsToMsat(sats) }
}

/** The first rule that fits says what to change; the last one is for what nobody foresaw. */
const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/^$/, 'Write a price in sats.'],
  [/\s/u, 'Write the price without spaces.'],
  [/^-/, 'A price cannot be negative.'],
  [/^\+/, 'Write the price without a sign.'],
  [/^\d+[.,]\d{3}([.,]\d{3})*$/, 'Write the price without separators: 1200, not 1,200.'],
  [/^\d*[.,]\d*$/, 'A price is a whole number of sats.'],
  [/^\d+(\.\d+)?e[+-]?\d+$/i, 'Write all digits of the price: 1000, not 1e3.'],
  [/\p{Nd}/u, 'Use the digits 0 to 9 only.'],
  [/^/, 'Write a price in sats, in digits.'],
]

function refuseShape(text: string): string | null {
  if (/^(0|[1-9]\d*)$/.test(text)) return null
  if (/^0\d+$/.test(text)) return 'Write the price without zeros in front.'
  return SHAPES.find(([shape]) => shape.test(text))?.[1] ?? null
}
