/** What a resource's address, title and lead may be, and the name under which it stands in tokens. */
import { hasControlCharacter } from '#lib/paywall/creators/creator.ts'

const MAX_SLUG_LENGTH = 80
const MAX_SERVICE_LENGTH = 40
const MAX_TITLE_LENGTH = 200
const MAX_LEAD_LENGTH = 400
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

/** A sentence per field of a draft that cannot be kept as it is; empty when all is well. A draft may lack a title. */
export function refuseDraft(draft: {
  title: string
  language?: string | null
  lead: string
  markdown: string
  cutBlock: number
  slug?: string
}): Record<string, string> {
  const found: Record<string, string | null> = {
    title: refuseLine(draft.title, MAX_TITLE_LENGTH),
    lead: refuseLine(draft.lead, MAX_LEAD_LENGTH),
    // Postgres keeps any text but this one character.
    markdown: draft.markdown.includes('\0') ? 'The text holds a NUL character; paste it as plain text.' : null,
    cutBlock: Number.isInteger(draft.cutBlock) && draft.cutBlock >= 0 ? null : 'The cut stands between two paragraphs.',
    slug: draft.slug === undefined ? null : refuseSlug(draft.slug),
    language: isLanguage(draft.language ?? 'en') ? null : 'Choose a language from the list.',
  }
  return Object.fromEntries(Object.entries(found).filter((entry): entry is [string, string] => entry[1] !== null))
}

function isLanguage(tag: string): boolean {
  try {
    return tag.length >= 2 && tag.length <= 35 && Intl.getCanonicalLocales(tag).length === 1
  } catch {
    return false
  }
}

function refuseLine(text: string, maxLength: number): string | null {
  if (text.length > maxLength) return `Use at most ${maxLength} characters.`
  return hasControlCharacter(text) ? 'Use one line.' : null
}
