/** The currency in which somebody thinks, as far as their browser tells: that of the country of their language. */
import countryToCurrency from 'country-to-currency'

/** Of whom nothing is known. */
const DEFAULT = 'USD'
const MOST_CHARACTERS = 200

/**
 * `acceptLanguage`: the field as it was sent; `null`: there was none. `de-CH` is CHF and `de` EUR, since a language without a
 * country is that of the country where most speak it. Only the first one counts: it is the one that the page would be in.
 */
export function readerCurrency(acceptLanguage: string | null): string {
  const first = acceptLanguage?.slice(0, MOST_CHARACTERS).split(/[,;]/)[0]?.trim() ?? ''
  if (!/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(first)) return DEFAULT
  const { region } = new Intl.Locale(first).maximize()
  return Object.entries(countryToCurrency).find(([country]) => country === region)?.[1] ?? DEFAULT
}
