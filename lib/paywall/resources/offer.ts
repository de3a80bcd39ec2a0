/** The ways to buy a resource; `kind` is what stands as `id` in the offers of a 402. */

/** `single`: this one resource, for good. */
export type OfferKind = 'single'

export const SINGLE: OfferKind = 'single'
