/** What a seller's server is told of a request before it names a price, and nothing more: no credential, no cookie, no body. */
import type { Msat } from '#lib/money.ts'
import type { PriceEndpoint } from '#lib/paywall/offers/pricing.ts'

/** The parts of a request that a price may depend on. */
export interface AskedRequest {
  readonly method: string
  /** Below the API's own address, in the spelling in which the upstream gets it. */
  readonly path: string
  /** The parameters that the seller named, as sent and in their order. */
  readonly query: readonly (readonly [name: string, value: string])[]
}

export interface PriceQuestion {
  readonly creatorId: string
  readonly resourceId: string
  readonly service: string
  readonly endpoint: PriceEndpoint
  /** By which the seller's server knows that we ask. */
  readonly signingKey: Uint8Array
  /** An answer below it sells nothing. */
  readonly floorMsat: Msat
  /** `null`: one price for whatever the rule means. */
  readonly asked: AskedRequest | null
}

const MAX_CHARACTERS = 2_048
const MAX_PAIRS = 50

/**
 * The parameters called by one of `names`, in whatever spelling some server may read as that name: other case, brackets
 * behind it, blanks and dots. `null`: no server can be told without doubt, because of a `;` that some take for `&`, an
 * escape that is none, or more than anybody asks for.
 */
export function selectQuery(query: string, names: readonly string[]): AskedRequest['query'] | null {
  if (names.length === 0 || query === '') return []
  if (query.includes(';') || /%(?![0-9A-Fa-f]{2})/.test(query) || query.includes('\\')) return null
  const wanted = new Set(names.map(fold))
  const told = [...new URLSearchParams(query)].filter(([name]) => wanted.has(fold(name)))
  const length = told.reduce((sum, [name, value]) => sum + name.length + value.length, 0)
  return told.length > MAX_PAIRS || length > MAX_CHARACTERS ? null : told
}

/** `Size`, `size[]`, ` size` and `si.ze` are all `size` to somebody; nothing is left of an escape of an escape. */
function fold(name: string): string {
  return unescapeAll(name)
    .toLowerCase()
    .replace(/\[.*$/, '')
    .replace(/[^a-z0-9]/g, '')
}

function unescapeAll(name: string): string {
  const read = name.replace(/%([2-7][0-9A-Fa-f])/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return read === name ? read : unescapeAll(read)
}
