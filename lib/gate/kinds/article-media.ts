/** Which form of an article a client asked for: its Markdown, a page, or both in JSON; pure. */
import { LRUCache } from 'lru-cache'
import { readWishes, type Wish } from '#lib/gate/answers/weights.ts'

export type ArticleForm = 'markdown' | 'html' | 'json'

/** In the order that decides between equal wishes: a program that takes anything gets the source. */
const MEDIA_TYPES: readonly (readonly [form: ArticleForm, type: string])[] = [
  ['markdown', 'text/markdown'],
  ['html', 'text/html'],
  ['json', 'application/json'],
]

/** There are a few dozen spellings in the world, and a client may invent the rest. */
const remembered = new LRUCache<string, ArticleForm>({ max: 256 })
const MOST_CHARACTERS = 256

/** The form of an article for this `Accept` field (RFC 9110 §12.5.1); Markdown when nothing fits, since no client is helped by 406. */
export function chooseArticleForm(accept: string | null): ArticleForm {
  if (accept === null || accept === '*/*') return 'markdown'
  const known = remembered.get(accept)
  if (known !== undefined) return known
  const form = rankForms(accept)
  if (accept.length <= MOST_CHARACTERS) remembered.set(accept, form)
  return form
}

function rankForms(accept: string): ArticleForm {
  const wishes = readWishes(accept)
  let best: { form: ArticleForm; weight: number } = { form: 'markdown', weight: 0 }
  for (const [form, type] of MEDIA_TYPES) {
    const weight = weightOf(type, wishes)
    if (weight > best.weight) best = { form, weight }
  }
  return best.form
}

/** The most specific wish that fits decides. */
function weightOf(type: string, wishes: readonly Wish[]): number {
  const family = `${type.slice(0, type.indexOf('/'))}/*`
  for (const wanted of [type, family, '*/*']) {
    const wish = wishes.find(({ name }) => name === wanted)
    if (wish !== undefined) return wish.weight
  }
  return 0
}
