/** What a client wishes for in `Accept` or `Accept-Encoding`, and how much (RFC 9110 12.4.2); pure. */

export interface Wish {
  /** In lower case. */
  readonly name: string
  /** 1 where none is stated; 0 for one that is refused, or that cannot be read. */
  readonly weight: number
}

/** The wishes in the order of the field, of which the first `most` are read. */
export function readWishes(field: string, most?: number): Wish[] {
  return field.toLowerCase().split(',', most).map(readWish)
}

function readWish(text: string): Wish {
  const [name = '', ...parameters] = text.split(';').map((part) => part.trim())
  const stated = parameters.find((parameter) => parameter.startsWith('q='))
  const weight = stated === undefined ? 1 : Number(stated.slice(2))
  return { name, weight: Number.isFinite(weight) ? weight : 0 }
}
