/** What a seller's server answered, read strictly: a price within the bounds, or a sentence for the seller that says what is wrong. */
import { type Msat, msat, msatToSatsUp, satsToMsat } from '#lib/money.ts'
import type { PriceQuestion } from './price-question.ts'

export type PriceAnswer =
  /** `keptSeconds`: how long the server says that it holds. */
  | { readonly kind: 'price'; readonly amountMsat: Msat; readonly keptSeconds: number }
  | { readonly kind: 'unusable'; readonly sentence: string }

/** A price that holds for longer than this is none that has to be asked for. */
const MAX_KEPT_SECONDS = 86_400

const unusable = (sentence: string): PriceAnswer => ({ kind: 'unusable', sentence })

/** `{"price_sats": 12, "max_age_seconds": 30}`, or `price_msat`; other members are passed over. */
export function readPriceJson(text: string): PriceAnswer {
  const members = parseObject(text)
  if (members === null) return unusable('The answer is no JSON object such as {"price_sats": 12}.')
  const { price_sats: sats, price_msat: thousandths, max_age_seconds: age = 0 } = members
  if (sats === undefined && thousandths === undefined)
    return unusable('The answer has neither price_sats nor price_msat.')
  if (sats !== undefined && !isWhole(sats)) return unusable('price_sats is no whole number above 0.')
  if (thousandths !== undefined && !isWhole(thousandths)) return unusable('price_msat is no whole number above 0.')
  if (sats !== undefined && thousandths !== undefined && thousandths !== sats * 1000)
    return unusable('price_sats and price_msat say different prices.')
  if (typeof age !== 'number' || !Number.isInteger(age) || age < 0 || age > MAX_KEPT_SECONDS)
    return unusable('max_age_seconds is no whole number from 0 to 86,400.')
  const amountMsat = sats === undefined ? msat(BigInt(thousandths as number)) : satsToMsat(BigInt(sats))
  return { kind: 'price', amountMsat, keptSeconds: age }
}

function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
  } catch {
    return null
  }
}

/** A price outside of what the seller set is a mistake of the server, and no price. */
export function withinBounds(answer: PriceAnswer, { floorMsat, endpoint }: PriceQuestion): PriceAnswer {
  if (answer.kind === 'unusable') return answer
  const { amountMsat } = answer
  const named = `${msatToSatsUp(amountMsat)} sats`
  if (amountMsat < floorMsat) return unusable(`${named} is below the lowest price, ${msatToSatsUp(floorMsat)} sats.`)
  if (amountMsat > satsToMsat(endpoint.ceilingSats))
    return unusable(`${named} is above the highest price, ${endpoint.ceilingSats} sats.`)
  return answer
}
