/** What a resource is whatever its kind: its state, its address, and the name under which it stands in tokens. */

export interface ResourceKey {
  readonly creatorId: string
  readonly resourceId: string
}

/** One text for a map: an id alone is only told apart inside one creator. */
export function resourceName({ creatorId, resourceId }: ResourceKey): string {
  return `${creatorId}/${resourceId}`
}

/** Kinds of which each part has a price of its own, set by a verb of that kind; a price of the whole would open none. */
export const SOLD_IN_PARTS: ReadonlySet<string> = new Set(['api'])

/** `draft`: never published. `paused`: not on sale; who bought it reads on. A deleted one is in no list and has no state. */
export type ResourceState = 'draft' | 'live' | 'paused'

export function stateOf(resource: { publishedAt: Date | null; pausedAt: Date | null }): ResourceState {
  if (resource.publishedAt === null) return 'draft'
  return resource.pausedAt === null ? 'live' : 'paused'
}

const MAX_SLUG_LENGTH = 80
const MAX_SERVICE_LENGTH = 40
/** A draft without a title has an address too. */
export const UNTITLED = 'untitled'

/**
 * Null when `text` can be the last part of an address; otherwise the sentence for its field. Names that a creator host
 * keeps for itself (`_l402`, `.well-known`, `llms.txt`, `feed.xml`) hold characters that no slug has.
 */
export function refuseSlug(text: string): string | null {
  if (text === '') return 'Choose the last part of the address.'
  if (text.length > MAX_SLUG_LENGTH) return `Use at most ${MAX_SLUG_LENGTH} characters.`
  if (/\s/u.test(text)) return 'An address has no spaces. Join words with a hyphen.'
  if (/[A-Z]/.test(text)) return 'Use lower-case letters.'
  if (/[^a-z0-9-]/u.test(text)) return 'Use the letters a to z, digits and hyphens.'
  if (text.startsWith('-') || text.endsWith('-')) return 'Begin and end with a letter or a digit.'
  return null
}

/** Letters that Unicode does not take apart into a base letter and a mark. */
const FOLDED: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  ø: 'o',
  œ: 'oe',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  ı: 'i',
}

/** The slug that a title suggests: "Höhe über Null" is `hohe-uber-null`; a title without any Latin letter is `untitled`. */
export function slugOf(title: string): string {
  const folded = title
    .toLowerCase()
    .replace(/[ßæøœđðþłı]/g, (letter) => FOLDED[letter] ?? '')
    .normalize('NFKD')
    .replace(/\p{Mark}|['’]/gu, '')
  const words = folded.replace(/[^a-z0-9]+/g, '-').slice(0, MAX_SLUG_LENGTH)
  return words.replace(/^-+|-+$/g, '') || UNTITLED
}

/** An address for what nobody will look for: no title suggests two hyphens, and the id stands in no other. */
export function unchosenSlug(resourceId: string): string {
  return `gone--${resourceId.replaceAll('_', '-')}`
}

/** `slug` itself for the first try, then `slug-2`, `slug-3` …, each short enough. */
export function numberedSlug(slug: string, n: number): string {
  return numbered(slug, n, MAX_SLUG_LENGTH)
}

/** The name in tokens: short id, slug, number when taken; at most 40 characters (protocol.md §5.1). */
export function serviceName(shortId: string, slug: string, n: number): string {
  return numbered(`${shortId}-${slug}`, n, MAX_SERVICE_LENGTH)
}

function numbered(text: string, n: number, maxLength: number): string {
  const suffix = n === 1 ? '' : `-${n}`
  return `${text.slice(0, maxLength - suffix.length).replace(/-+$/, '')}${suffix}`
}
