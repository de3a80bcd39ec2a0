/** What a creator says of themselves, on their page and under every article. */
import { hasControlCharacter } from './creator.ts'

export interface Profile {
  readonly name: string
  /** Who writes, in a line; may be empty. */
  readonly byline: string
  /** A paragraph or two for the creator's page; may be empty. */
  readonly about: string
  /** BCP 47. */
  readonly language: string
  /** IANA name. */
  readonly timeZone: string
  /** What the picture shows, for who cannot see it; may be empty. Left out: it stays. */
  readonly pictureAlt?: string
}

const MAX_NAME_LENGTH = 60
const MAX_BYLINE_LENGTH = 120
const MAX_ABOUT_LENGTH = 2_000
const MAX_ALT_LENGTH = 300

/** Null when `text` can be the name over a creator's page; otherwise the sentence for its field. */
export function refuseName(text: string): string | null {
  if (text.trim() === '') return 'Choose a name: it stands over your page.'
  return refuseLine(text, MAX_NAME_LENGTH)
}

/** A sentence per field that cannot be taken; none when all can. */
export function refuseProfile({
  name,
  byline,
  about,
  language,
  timeZone,
  pictureAlt = '',
}: Profile): Partial<Record<keyof Profile, string>> {
  const sentences = {
    name: refuseName(name),
    byline: refuseLine(byline, MAX_BYLINE_LENGTH),
    about: refuseParagraphs(about),
    language: isLanguage(language) ? null : 'Choose a language from the list.',
    timeZone: isTimeZone(timeZone) ? null : 'Choose a time zone from the list.',
    pictureAlt: refuseLine(pictureAlt, MAX_ALT_LENGTH),
  }
  return Object.fromEntries(Object.entries(sentences).filter(([, sentence]) => sentence !== null))
}

/** Whether `text` is a language tag in its usual spelling, `pt-BR` and not `pt_br`. */
export function isLanguage(text: string): boolean {
  try {
    return text.length <= 35 && Intl.getCanonicalLocales(text)[0] === text
  } catch {
    return false
  }
}

/** Whether `text` names a time zone that this computer knows. */
export function isTimeZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text })
    return /^[A-Za-z][A-Za-z0-9/_+-]{0,63}$/.test(text)
  } catch {
    return false
  }
}

function refuseLine(text: string, most: number): string | null {
  if (text.length > most) return `Use at most ${most} characters.`
  return hasControlCharacter(text) ? 'Use one line without control characters.' : null
}

function refuseParagraphs(text: string): string | null {
  if (text.length > MAX_ABOUT_LENGTH) return `Use at most ${MAX_ABOUT_LENGTH.toLocaleString('en-US')} characters.`
  return hasControlCharacter(text.replace(/\r?\n/g, '')) ? 'Use text without control characters.' : null
}
