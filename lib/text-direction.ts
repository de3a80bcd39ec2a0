/** Which way a language is written, and how a page says so. */

export type TextDirection = 'ltr' | 'rtl'

const RIGHT_TO_LEFT = new Set(['Arab', 'Hebr', 'Syrc', 'Thaa', 'Nkoo', 'Adlm', 'Rohg', 'Samr', 'Mand', 'Yezi'])

/** `rtl` for Arabic, Hebrew, Persian, Urdu …, by the script that the language is usually written in. Works in browsers too. */
export function directionOf(language: string): TextDirection {
  try {
    return RIGHT_TO_LEFT.has(new Intl.Locale(language).maximize().script ?? '') ? 'rtl' : 'ltr'
  } catch {
    return 'ltr'
  }
}

/** The attributes of an element whose text is in `language`; a page of ours runs from left to right, so only the other is said. */
export function writtenIn(language: string): { lang: string; dir?: TextDirection } {
  return directionOf(language) === 'rtl' ? { lang: language, dir: 'rtl' } : { lang: language }
}
