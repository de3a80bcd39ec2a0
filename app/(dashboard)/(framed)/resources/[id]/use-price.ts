'use client'
/** The price in the publish step: what stands in its field, and what is published with it. */
import { useState } from 'react'
import type { EditedResource } from '#app/_server/reads/resources.ts'
import { parsePrice } from '#lib/paywall/offers/price.ts'

export interface PriceInput {
  readonly text: string
  /** What is wrong with what stands there now; `null`: nothing, or nothing was said of it yet. */
  readonly fault: string | null
  /** Whole sats that readers would pay; `null`: none, or none that can be read. */
  readonly sats: string | null
  /** What publishing sends; `null`: no price was ever named here. */
  readonly sent: string | null
  readonly change: (text: string) => void
}

/** `refused`: the sentence with which publishing refused a price. The field follows the price until somebody types in it. */
export function usePrice({ priceSats }: Pick<EditedResource, 'priceSats'>, refused: string | null): PriceInput {
  const [typed, setTyped] = useState<{ readonly text: string; readonly over: string | null } | null>(null)
  // Typed over another price than the present one, which was set in another tab meanwhile: the newer one stands.
  const text = typed !== null && typed.over === priceSats ? typed.text : (priceSats ?? '')
  const parsed = parsePrice(text)
  const isNone = text === '' && priceSats === null
  return {
    text,
    fault: parsed.kind === 'invalid' && !isNone ? parsed.message : parsed.kind === 'invalid' ? refused : null,
    sats: parsed.kind === 'price' ? text : null,
    sent: isNone ? null : text,
    change: (next) => setTyped({ text: next, over: priceSats }),
  }
}
