/** Which form of an answer a client asked for: a page, Markdown or JSON; pure. */
import { type ArticleForm, findHeader, type GateRequest } from './request.ts'

/** protocol.md §1.4: pages are for browsers, everybody else gets JSON. */
export function wantsPage(request: GateRequest): boolean {
  const accept = findHeader(request, 'accept')
  if (accept === null || !accept.toLowerCase().includes('text/html')) return false
  return findHeader(request, 'user-agent')?.includes('Mozilla') === true
}

/** A person opens an address: such a request gets the preview with 200, and the invoice when a button is pressed. */
export function isPageLoad(request: GateRequest): boolean {
  return (
    wantsPage(request) &&
    findHeader(request, 'authorization') === null &&
    findHeader(request, 'accept-authenticate') === null
  )
}

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
