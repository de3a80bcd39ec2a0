/** Guesses the language of an article from its words. */
import { eld } from 'eld/extrasmall'

/** More text changes no guess. */
const SAMPLE_LENGTH = 5_000

/** An ISO 639-1 code from rendered HTML; null: there is too little text to tell. */
export function detectLanguage(html: string): string | null {
  const text = html
    .slice(0, 4 * SAMPLE_LENGTH)
    .replace(/<pre>[\s\S]*?<\/pre>/g, ' ')
    .replace(/<[^>]*>/g, ' ')
    .slice(0, SAMPLE_LENGTH)
  const guess = eld.detect(text)
  return guess.isReliable() && guess.language !== '' ? guess.language : null
}
