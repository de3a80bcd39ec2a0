/** What the text of an article may be while it is written: a sentence for each field that cannot be kept. */
import { hasControlCharacter } from '#lib/paywall/creators/creator.ts'
import { refuseSlug } from '#lib/paywall/resources/resource.ts'

const MAX_TITLE_LENGTH = 200
const MAX_LEAD_LENGTH = 400

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
