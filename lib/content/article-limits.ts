/** What an article may look like before any of it is parsed, so that no text, however made, can keep a process busy. */
import { columnsOf, isDelimiterRow } from './table-rows.ts'

/** Longest article in UTF-16 units: about 33,000 words, a hundred printed pages. */
export const MAX_ARTICLE_LENGTH = 200_000
/** Deepest nesting of quotes and lists. */
export const MAX_NESTING = 16
/** Most lines, blank ones counted: a hundred printed pages have some 4,000. */
const MAX_LINES = 5_000
/** Most characters with a meaning in Markdown (`[`, `*`, `_`, a backtick…) between two blank lines, and altogether. */
const MAX_MARKS = { together: 2_000, altogether: 20_000 }
/** A row is filled up to the columns of its table, so few characters make many cells. */
const MAX_TABLE = { columns: 50, cells: 10_000 }

/** Why a text is not taken as an article: `line` counts from 1. */
export interface ArticleRefusal {
  readonly line: number
  readonly message: string
}

/**
 * Null when `markdown` is cheap to parse; otherwise the sentence for the person who wrote it. Reads each character once.
 * The parser takes time by the square of list lines, nested containers and marks that never close (measured: 35 s for
 * 50,000 list items), so all of them are counted here; within these limits the worst text found takes about a second.
 * Lines end as they do for the parser: with `\n`, `\r` or both.
 */
export function refuseArticle(markdown: string): ArticleRefusal | null {
  if (markdown.length > MAX_ARTICLE_LENGTH) {
    const message = `An article can have ${inWords(MAX_ARTICLE_LENGTH)} characters; this one has ${inWords(markdown.length)}. Split it in two.`
    return { line: 1, message }
  }
  const seen: Seen = { line: 0, marks: 0, marksTogether: 0, before: '', table: null, fence: null }
  for (const text of eachLine(markdown)) {
    const message = refuseLine(text, seen)
    if (message !== null) return { line: seen.line, message }
    seen.before = text
  }
  return null
}

/** What the lines so far add up to. */
interface Seen {
  line: number
  marks: number
  /** Since the last blank line; in a table since the beginning of its row. */
  marksTogether: number
  before: string
  /** The table that these lines are in. */
  table: { columns: number; rows: number } | null
  /** The code block that these lines are in: its fence and the column where that stands. */
  fence: { mark: string; indent: number } | null
}

function refuseLine(text: string, seen: Seen): string | null {
  seen.line += 1
  if (seen.line > MAX_LINES) return `An article can have ${inWords(MAX_LINES)} lines. Split it in two.`
  if (isInFence(text, seen)) return null
  if (nestingOf(text) > MAX_NESTING) return `Quotes and lists can be ${MAX_NESTING} levels deep.`
  const table = refuseTable(text, seen)
  if (table !== null) return table
  const marks = countMarks(text)
  seen.marks += marks
  const isAlone = text.trim() === '' || seen.table !== null
  seen.marksTogether = isAlone ? marks : seen.marksTogether + marks
  if (seen.marksTogether > MAX_MARKS.together)
    return `This ${seen.table === null ? 'paragraph' : 'row of a table'} has too many marks such as [ or *. Divide it.`
  if (seen.marks > MAX_MARKS.altogether) return 'This article has too many marks such as [ or *. Split it in two.'
  return null
}

/** Marks inside fenced code mean nothing; whatever this reads otherwise than the parser, the time limit catches. */
function isInFence(text: string, seen: Seen): boolean {
  const indent = text.length - text.trimStart().length
  if (seen.fence !== null) {
    if (text.trim() === '') return true
    const isLeft = indent < seen.fence.indent
    const isClosed = text.trim().startsWith(seen.fence.mark) && /^(`+|~+)$/.test(text.trim())
    if (isLeft || isClosed) seen.fence = null
    return !isLeft
  }
  const mark = /^(?:`{3,}(?=[^`]*$)|~{3,})/.exec(text.trimStart())?.[0]
  if (mark === undefined) return false
  seen.fence = { mark, indent }
  seen.marksTogether = 0
  return true
}

function refuseTable(text: string, seen: Seen): string | null {
  if (text.trim() === '') seen.table = null
  if (seen.table !== null) seen.table.rows += 1
  else if (isDelimiterRow(text)) {
    const columns = columnsOf(text)
    if (columns > MAX_TABLE.columns)
      return `A table can have ${MAX_TABLE.columns} columns; this one has ${inWords(columns)}.`
    if (columns === columnsOf(seen.before)) seen.table = { columns, rows: 2 }
  }
  return seen.table === null ? null : tooManyCells(seen.table.columns * seen.table.rows)
}

/** The sentence for a table of so many cells, or null; also for what the parser made of it. */
export function tooManyCells(cells: number): string | null {
  return cells > MAX_TABLE.cells
    ? `A table can have ${inWords(MAX_TABLE.cells)} cells; this one has more. Divide it.`
    : null
}

/** `12,345` */
export function inWords(count: number): string {
  return count.toLocaleString('en-US')
}

const LINE_END = /\r\n|\r|\n/g

function* eachLine(text: string): Generator<string> {
  let start = 0
  for (const end of text.matchAll(LINE_END)) {
    yield text.slice(start, end.index)
    start = end.index + end[0].length
  }
  yield text.slice(start)
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

const MARKS = new Set('[]*_`<!~&\\'.split(''))
/** What begins a bare address costs the parser as much as four marks do. */
const ADDRESS = /www\.|@|:\/\//gi

function countMarks(line: string): number {
  let count = 4 * (line.match(ADDRESS)?.length ?? 0)
  for (const char of line) if (MARKS.has(char)) count += 1
  return count
}
