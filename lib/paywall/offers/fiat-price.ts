/** A price in fiat as a person types it, to the smallest unit of its currency, and a sentence for everything else. */
import { type Fiat, formatDecimal, isCurrency, minorDigits } from '#lib/paywall/rates/rate.ts'

export type ParsedFiat =
  | { readonly kind: 'price'; readonly fiat: Fiat }
  | { readonly kind: 'invalid'; readonly message: string }

const invalid = (message: string): ParsedFiat => ({ kind: 'invalid', message })

/** `text` as it came from the field: `1.50`, with a point. Nothing is trimmed or guessed, because a price misread is money. */
export function parseFiat(text: string, currency: string): ParsedFiat {
  if (!isCurrency(currency)) return invalid('Choose a currency from the list.')
  const digits = minorDigits(currency)
  const sample = formatDecimal({ currency, minor: 150n })
  if (text === '') return invalid(`Write a price in ${currency}.`)
  if (/^-/.test(text)) return invalid('A price cannot be negative.')
  if (/^\d+,\d+$/.test(text)) return invalid(`Write the price with a point: ${sample}.`)
  const match = /^(0|[1-9]\d{0,11})(?:\.(\d+))?$/.exec(text)
  if (match === null) return invalid(`Write a price in ${currency}, in digits: ${sample}.`)
  const [, whole = '', part = ''] = match
  if (part.length > digits) return invalid(tooFine(currency, digits))
  const minor = BigInt(whole + part.padEnd(digits, '0'))
  if (minor === 0n) return invalid(`A price is at least ${formatDecimal({ currency, minor: 1n })} ${currency}.`)
  return { kind: 'price', fiat: { currency, minor } }
}

function tooFine(currency: string, digits: number): string {
  return digits === 0
    ? `A price in ${currency} is a whole number.`
    : `A price in ${currency} has at most ${digits} digits behind the point.`
}
