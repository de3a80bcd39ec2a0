/** Which form of an article a client asked for: its Markdown, a page, or both in JSON; pure. */

export type ArticleForm = 'markdown' | 'html' | 'json'

/** In the order that decides between equal wishes: a program that takes anything gets the source. */
const MEDIA_TYPES: readonly (readonly [form: ArticleForm, type: string])[] = [
  ['markdown', 'text/markdown'],
  ['html', 'text/html'],
  ['json', 'application/json'],
]

interface Range {
  readonly type: string
  readonly quality: number
}

/** How many fields are remembered; there are a few dozen spellings in the world, and a client may invent the rest. */
const REMEMBERED_FIELDS = 256
const remembered = new Map<string, ArticleForm>()

/** The form of an article for this `Accept` field (RFC 9110 §12.5.1); Markdown when nothing fits, since no client is helped by 406. */
export function chooseArticleForm(accept: string | null): ArticleForm {
  if (accept === null || accept === '*/*') return 'markdown'
  const known = remembered.get(accept)
  if (known !== undefined) return known
  const form = rankForms(accept)
  if (remembered.size < REMEMBERED_FIELDS && accept.length <= 256) remembered.set(accept, form)
  return form
}

function rankForms(accept: string): ArticleForm {
  const ranges = accept.split(',').map(parseRange)
  let best: { form: ArticleForm; quality: number } = { form: 'markdown', quality: 0 }
  for (const [form, type] of MEDIA_TYPES) {
    const quality = qualityOf(type, ranges)
    if (quality > best.quality) best = { form, quality }
  }
  return best.form
}

function parseRange(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
  const weight = parameters.find((parameter) => parameter.startsWith('q='))
  const quality = weight === undefined ? 1 : Number(weight.slice(2))
  return { type, quality: Number.isFinite(quality) ? quality : 0 }
}

/** The most specific range that fits decides. */
function qualityOf(type: string, ranges: readonly Range[]): number {
  const family = `${type.slice(0, type.indexOf('/'))}/*`
  for (const wanted of [type, family, '*/*']) {
    const range = ranges.find((candidate) => candidate.type === wanted)
    if (range !== undefined) return range.quality
  }
  return 0
}
