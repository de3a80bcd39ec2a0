/** What an amount in sats is worth to whoever asks, in the currency of their language; nothing while no rate is of now. */
import type { Msat } from '#lib/money.ts'
import type { RateTable } from '#lib/paywall/rates/follow-rates.ts'
import { formatApproximate, formatDecimal, msatToFiat } from '#lib/paywall/rates/rate.ts'
import { readerCurrency } from '#lib/paywall/rates/reader-currency.ts'
import { findHeader, type GateRequest } from './request.ts'

type Asking = Pick<GateRequest, 'rawHeaders' | 'headers'>

/** `≈ €0.17`; `null`: no rate of that currency is known. */
export function fiatText(rates: RateTable, request: Asking, amount: Msat): string | null {
  const rate = rates.get(readerCurrency(findHeader(request, 'accept-language') ?? null))
  return rate === undefined ? null : formatApproximate(amount, rate)
}

/** The same for programs, to join to what else they are told. */
export function describeFiatBeside(rates: RateTable, request: Asking, amount: Msat): object {
  const rate = rates.get(readerCurrency(findHeader(request, 'accept-language') ?? null))
  if (rate === undefined) return {}
  const as_of = rate.takenAt.toISOString().replace(/\.\d{3}Z$/, 'Z')
  return { fiat: { currency: rate.currency, amount: formatDecimal(msatToFiat(amount, rate)), as_of } }
}
