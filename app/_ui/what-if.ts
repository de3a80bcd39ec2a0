/** What a new price means, exactly and without guessing: who must stay, and whom programs' own limits turn away. */

/** From here on most programs refuse to pay by default. */
export const PROGRAM_LINE_SATS = 1000
export const SLIDER = { min: 10, max: 5000 } as const

/**
 * Of 100 present buyers, how many must stay to earn the same at `next`: rounded up, so that the same is really reached.
 * Above 100 means that even everybody staying earns less. Both prices are whole sats above 0; fees are a share of the
 * price and cancel out.
 */
export function mustStay(present: number, next: number): number {
  return Math.ceil((present * 100) / next)
}

/** The sentence beside the ticks. */
export function whatIfSentence(present: number, next: number): { before: string; figure: string; after: string } {
  const stay = mustStay(present, next)
  if (next === present) return { before: 'This is the present price: ', figure: 'nothing changes', after: '.' }
  if (stay <= 100)
    return {
      before: `At ${group(next)} you earn the same if `,
      figure: `${stay} of 100`,
      after: ' present buyers stay.',
    }
  return {
    before: `At ${group(next)} you earn the same with `,
    figure: `${stay} buyers`,
    after: ' for every 100 you have now.',
  }
}

/** Place of a price on the logarithmic slider, 0 to 1; prices outside it stop at its ends. */
export function sliderPlace(price: number): number {
  const clamped = Math.min(SLIDER.max, Math.max(SLIDER.min, price))
  return Math.log(clamped / SLIDER.min) / Math.log(SLIDER.max / SLIDER.min)
}

/** Price at a place of the slider, in steps that read well: 1 below 100, 5 below 500, 10 below 2,000, else 50. */
export function sliderPrice(place: number): number {
  const exact = SLIDER.min * (SLIDER.max / SLIDER.min) ** Math.min(1, Math.max(0, place))
  const step = exact < 100 ? 1 : exact < 500 ? 5 : exact < 2000 ? 10 : 50
  return Math.round(exact / step) * step
}

/**
 * The amount part of a BOLT 11 invoice for whole sats, as wallets and nodes write it: the shortest of the multipliers
 * m, u and n. 210 sats are `2100n`, 300 are `3u`. Source: BOLT 11, human-readable part.
 */
export function invoiceAmount(sats: number): string {
  const nano = sats * 10
  if (nano % 1_000_000 === 0) return `${nano / 1_000_000}m`
  return nano % 1000 === 0 ? `${nano / 1000}u` : `${nano}n`
}

function group(value: number): string {
  return value.toLocaleString('en-US')
}
