/** What a page on a creator's own site may be: which sites, which text; pure. */
import { refuseListing } from '#lib/paywall/resources/file/file.ts'

const MAX_ORIGINS = 20
const MAX_ORIGIN_LENGTH = 260

export type ParsedOrigins =
  | { readonly kind: 'origins'; readonly origins: readonly string[] }
  | { readonly kind: 'invalid'; readonly message: string }

/** Sites by line or comma, as typed: `https://example.com`, each once and in the spelling of the field `Origin`. */
export function parseOrigins(text: string): ParsedOrigins {
  const typed = text.split(/[\s,]+/).filter((part) => part !== '')
  const origins = new Set<string>()
  for (const part of typed) {
    const origin = parseOrigin(part)
    if (origin === null) return { kind: 'invalid', message: `“${part.slice(0, 80)}” is not a site. ${EXAMPLE}` }
    origins.add(origin)
  }
  if (origins.size > MAX_ORIGINS) return { kind: 'invalid', message: `Use at most ${MAX_ORIGINS} sites.` }
  return { kind: 'origins', origins: [...origins] }
}

const EXAMPLE = 'Write it such as https://example.com, without a path.'

/** `http:` only for the machine itself, where sites are tried out. */
function parseOrigin(text: string): string | null {
  const url = text.length <= MAX_ORIGIN_LENGTH ? URL.parse(text) : null
  if (url === null || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return null
  if (url.pathname !== '/') return null
  const isSecure = url.protocol === 'https:' || (url.protocol === 'http:' && url.hostname === 'localhost')
  return isSecure ? url.origin : null
}

/** A sentence per field of a listing that cannot be kept; empty when all is well. */
export function refusePage(listing: { title: string; lead: string; slug?: string }): Record<string, string> {
  return { ...refuseListing(listing), ...(listing.title.trim() === '' && { title: 'Give the page a title.' }) }
}
