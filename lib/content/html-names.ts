/** Which elements of HTML an article may hold when its Markdown writes them, and what becomes of the others. */

/** Stand in a line of text. */
const INLINE = new Set(
  'sup sub br wbr kbd mark u abbr ins del s small q cite dfn samp var b strong i em code bdi bdo ruby rb rt rp a img'.split(
    ' ',
  ),
)
/** Hold blocks or stand between them. */
const FLOW = new Set(
  'details summary p blockquote ul ol li dl dt dd figure figcaption hr pre h1 h2 h3 h4 h5 h6 table caption thead tbody tfoot tr th td'.split(
    ' ',
  ),
)
/** Lost with all that stands in them: it was never text to read. */
const WITH_CONTENT = new Set(
  'script style template iframe object embed applet noscript textarea select svg math title head audio video canvas'.split(
    ' ',
  ),
)
/** Flow elements whose own text needs no paragraph around it. */
const HOLDS_TEXT = new Set(
  'summary p li dt dd figcaption pre h1 h2 h3 h4 h5 h6 caption th td tr table thead tbody tfoot ul ol dl'.split(' '),
)
const VOID = new Set(['br', 'wbr', 'hr', 'img'])

/** Means nothing by itself, so its loss is not told: the text or picture in it stays. */
const QUIET = new Set(['span', 'picture', 'source'])

export function isQuiet(name: string): boolean {
  return QUIET.has(name)
}

export type HtmlFate = 'inline' | 'flow' | 'unwrapped' | 'lost'

/** What becomes of an element: kept in a line, kept as a block, its text kept without it, or lost with its content. */
export function fateOf(name: string): HtmlFate {
  if (INLINE.has(name)) return 'inline'
  if (FLOW.has(name)) return 'flow'
  return WITH_CONTENT.has(name) ? 'lost' : 'unwrapped'
}

export function isVoid(name: string): boolean {
  return VOID.has(name)
}

/** Whether text may stand in this element as it is; in the others it becomes a paragraph. */
export function holdsText(name: string): boolean {
  return HOLDS_TEXT.has(name) || INLINE.has(name)
}

const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  a: ['href', 'title'],
  img: ['src', 'alt'],
  abbr: ['title'],
  details: ['open'],
  ol: ['start'],
  th: ['colspan', 'rowspan', 'align'],
  td: ['colspan', 'rowspan', 'align'],
}
const EVERYWHERE = ['dir', 'lang']
/** Asked for by habit and without effect here; nobody needs to be told. */
const WITHOUT_WORD =
  /^(?:id|class|name|target|rel|width|height|loading|decoding|border|cellpadding|cellspacing|data-.*|aria-.*|on.*|valign|scope|hspace|vspace|srcset|sizes)$/

export interface SortedAttributes {
  readonly kept: Readonly<Record<string, string>>
  /** Names of those whose loss can be seen. */
  readonly lost: readonly string[]
}

/** Divides the attributes of an element into those that may stay and those that the author is told about. */
export function sortAttributes(name: string, attributes: Readonly<Record<string, string>>): SortedAttributes {
  const kept: Record<string, string> = {}
  const lost: string[] = []
  for (const [key, value] of Object.entries(attributes)) {
    if (EVERYWHERE.includes(key) || (ATTRIBUTES[name] ?? []).includes(key)) kept[key] = value
    else if (!WITHOUT_WORD.test(key)) lost.push(key)
  }
  return { kept, lost }
}
