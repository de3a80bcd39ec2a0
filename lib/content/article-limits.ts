/** What an article may look like before any of it is parsed, so that no text, however made, can keep a process busy. */

/** Longest article in UTF-16 units: about 33,000 words, a hundred printed pages. */
export const MAX_ARTICLE_LENGTH = 200_000
/** Deepest nesting of quotes and lists. */
export const MAX_NESTING = 16
/** Most lines, blank ones counted: a hundred printed pages have some 4,000. */
export const MAX_LINES = 5_000
/** Most characters with a meaning in Markdown (`[`, `*`, `_`, a backtick…) between two blank lines, and altogether. */
export const MAX_MARKS = { together: 2_000, altogether: 20_000 }

/** Why a text is not taken as an article: `line` counts from 1. */
export interface ArticleRefusal {
  readonly line: number
  readonly message: string
}

/**
 * Null when `markdown` is cheap to render; otherwise the sentence for the person who wrote it. Reads each character once.
 * The parser takes time by the square of list lines, nested containers and marks that never close (measured: 35 s for
 * 50,000 list items), so all of them are counted here; within these limits the worst text found takes about a second.
 */
export function refuseArticle(markdown: string): ArticleRefusal | null {
  if (markdown.length > MAX_ARTICLE_LENGTH) {
    const length = markdown.length.toLocaleString('en-US')
    return { line: 1, message: `An article can have ${LIMIT} characters; this one has ${length}. Split it in two.` }
  }
  const seen: Seen = { line: 0, marks: 0, marksTogether: 0 }
  for (const text of eachLine(markdown)) {
    const message = refuseLine(text, seen)
    if (message !== null) return { line: seen.line, message }
  }
  return null
}

const LIMIT = MAX_ARTICLE_LENGTH.toLocaleString('en-US')

/** What the lines so far add up to. */
interface Seen {
  line: number
  marks: number
  /** Since the last blank line. */
  marksTogether: number
}

function refuseLine(text: string, seen: Seen): string | null {
  const marks = countMarks(text)
  seen.line += 1
  seen.marks += marks
  seen.marksTogether = text.trim() === '' ? 0 : seen.marksTogether + marks
  if (seen.line > MAX_LINES) return `An article can have ${MAX_LINES.toLocaleString('en-US')} lines. Split it in two.`
  if (nestingOf(text) > MAX_NESTING) return `Quotes and lists can be ${MAX_NESTING} levels deep.`
  if (seen.marksTogether > MAX_MARKS.together) return 'This paragraph has too many marks such as [ or *. Divide it.'
  if (seen.marks > MAX_MARKS.altogether) return 'This article has too many marks such as [ or *. Split it in two.'
  return null
}

function* eachLine(text: string): Generator<string> {
  let start = 0
  while (start <= text.length) {
    const end = text.indexOf('\n', start)
    yield text.slice(start, end === -1 ? text.length : end)
    if (end === -1) return
    start = end + 1
  }
}

/**
 * Levels that the beginning of a line opens or continues: quote and list marks, and the indent before a mark, as two
 * columns are enough to be inside one more list.
 */
function nestingOf(line: string): number {
  let depth = 0
  let columns = 0
  for (let index = 0; index < line.length; index += 1) {
    const char = line[index] ?? ''
    if (char === ' ') columns += 1
    else if (char === '\t') columns += 4
    else if (char === '>' || isListMark(line, index)) {
      depth = Math.max(depth + 1, Math.floor(columns / 2) + 1)
      index = Math.max(index, endOfListMark(line, index))
    } else break
  }
  return depth
}

function isListMark(line: string, index: number): boolean {
  return endOfListMark(line, index) > index - 1 && /[\s]|^$/.test(line[endOfListMark(line, index) + 1] ?? '')
}

/** Index of the last character of the list mark that begins at `index`; `index - 1` when none does. */
function endOfListMark(line: string, index: number): number {
  const char = line[index] ?? ''
  if (char === '-' || char === '*' || char === '+') return index
  let end = index
  while (end - index < 9 && isDigit(line[end])) end += 1
  return end > index && (line[end] === '.' || line[end] === ')') ? end : index - 1
}

function isDigit(char: string | undefined): boolean {
  return char !== undefined && char >= '0' && char <= '9'
}

const MARKS = new Set('[]*_`<!~&\\|'.split(''))
/** What begins a bare address costs the parser as much as four marks do. */
const ADDRESS = /www\.|@|:\/\//gi

function countMarks(line: string): number {
  let count = 4 * (line.match(ADDRESS)?.length ?? 0)
  for (const char of line) if (MARKS.has(char)) count += 1
  return count
}
