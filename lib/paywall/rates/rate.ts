/** A rate turns an amount of a currency into sats and back, exactly and in whole numbers. */
import { type Msat, satsToMsat } from '#lib/money.ts'

/** What one bitcoin costs, as the sources agreed at one moment. */
export interface Rate {
  /** ISO 4217, upper case. */
  readonly currency: string
  /** Millionths of the currency's unit per bitcoin: 92,345.67 euros are 92_345_670_000. */
  readonly microPerBtc: bigint
  readonly takenAt: Date
}

/** An amount of money that is none of ours, in the smallest unit that its currency has: 150 EUR minor are 1.50 euros. */
export interface Fiat {
  readonly currency: string
  readonly minor: bigint
}

/** Rates above it, and those of nothing, are a mistake: a bitcoin for ten billion units. Fits a bigint column. */
export const MAX_MICRO_PER_BTC = 10n ** 18n

const MICRO_DIGITS = 6n
const SATS_PER_BTC = 100_000_000n
const MSAT_PER_BTC = SATS_PER_BTC * 1000n

/** How many digits the currency has behind its point: 2 for EUR, 0 for JPY. Throws `RangeError` when it is no currency code. */
export function minorDigits(currency: string): number {
  const { maximumFractionDigits } = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions()
  return maximumFractionDigits ?? 2
}

/** Currencies that this runtime knows, so that a token of something else is never taken for money. */
const KNOWN: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'))

export function isCurrency(code: string): boolean {
  return KNOWN.has(code)
}

/** What is asked for `fiat` at this rate: whole sats, rounded up, so an invoice never asks for less than the price. */
export function fiatToSats({ currency, minor }: Fiat, { microPerBtc }: Pick<Rate, 'microPerBtc'>): bigint {
  const numerator = minor * SATS_PER_BTC * 10n ** MICRO_DIGITS
  const denominator = microPerBtc * 10n ** BigInt(minorDigits(currency))
  return (numerator + denominator - 1n) / denominator
}

/** The same as `Msat`. Throws `RangeError` when it is more than can exist. */
export function fiatToMsat(fiat: Fiat, rate: Pick<Rate, 'microPerBtc'>): Msat {
  return satsToMsat(fiatToSats(fiat, rate))
}

/** What an amount is worth at this rate, to the nearest smallest unit; for people to read, never for an invoice. */
export function msatToFiat(amount: Msat, { currency, microPerBtc }: Pick<Rate, 'currency' | 'microPerBtc'>): Fiat {
  const numerator = amount * microPerBtc * 10n ** BigInt(minorDigits(currency))
  const denominator = MSAT_PER_BTC * 10n ** MICRO_DIGITS
  return { currency, minor: (2n * numerator + denominator) / (2n * denominator) }
}

/** `≈ €0.98`; less than the smallest unit is `< €0.01`. */
export function formatApproximate(amount: Msat, rate: Pick<Rate, 'currency' | 'microPerBtc'>): string {
  const fiat = msatToFiat(amount, rate)
  return fiat.minor === 0n ? `< ${formatFiat({ ...fiat, minor: 1n })}` : `≈ ${formatFiat(fiat)}`
}

/** `€1.50`, as English writes it. */
function formatFiat(fiat: Fiat): string {
  const { currency } = fiat
  const format = new Intl.NumberFormat('en', { style: 'currency', currency, currencyDisplay: 'narrowSymbol' })
  return format.format(formatDecimal(fiat) as Intl.StringNumericLiteral)
}

/** `1.50`, for programs. */
export function formatDecimal({ currency, minor }: Fiat): string {
  const digits = minorDigits(currency)
  const text = String(minor).padStart(digits + 1, '0')
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`
}

/** A decimal number as sources write it to millionths, cut behind those; `null`: it is no rate. */
export function parseRate(text: string): bigint | null {
  const match = /^(\d{1,15})(?:\.(\d{1,30}))?$/.exec(text)
  if (match === null) return null
  const [, whole = '', part = ''] = match
  const micro = BigInt(whole + part.slice(0, Number(MICRO_DIGITS)).padEnd(Number(MICRO_DIGITS), '0'))
  return micro > 0n && micro <= MAX_MICRO_PER_BTC ? micro : null
}
