/** The title is the first line of what a creator writes, `# Tides`; stored apart from the text, shown as one. */

export interface TitledText {
  readonly title: string
  readonly markdown: string
  /** Lines of the written text before the first line of `markdown`. */
  readonly linesBefore: number
}

/** Longest first line without a mark that is taken for a title. */
const MAX_PLAIN_TITLE = 120

/**
 * Takes the title off the text. A first line `# …` is one, or one underlined with `===`; so is a short first line that stands alone before an empty
 * line, as in text pasted from elsewhere. Otherwise the title is empty and all of it is text.
 */
export function splitTitle(text: string): TitledText {
  const lines = text.replaceAll('\r\n', '\n').split('\n')
  const first = lines.findIndex((line) => line.trim() !== '')
  const line = (lines[first] ?? '').trim()
  const isUnderlined = /^ {0,3}=+\s*$/.test(lines[first + 1] ?? '') && line !== '' && !line.startsWith('#')
  const title = isUnderlined ? line : titleOf(line, lines[first + 1])
  if (first === -1 || title === null) return { title: '', markdown: lines.join('\n'), linesBefore: 0 }
  const own = isUnderlined ? 2 : 1
  const rest = lines.slice(first + own)
  const begin = rest.findIndex((next) => next.trim() !== '')
  const linesBefore = first + own + (begin === -1 ? rest.length : begin)
  return { title, markdown: lines.slice(linesBefore).join('\n'), linesBefore }
}

function titleOf(line: string, next: string | undefined): string | null {
  const marked = /^#(?:\s+(.*?))?(?:\s+#+)?$/.exec(line)
  if (marked) return marked[1]?.trim() ?? ''
  const standsAlone = next !== undefined && next.trim() === ''
  return standsAlone && line.length <= MAX_PLAIN_TITLE && /^[\p{L}\p{N}“‘"'¿¡]/u.test(line) && !/[.:;,]$/.test(line)
    ? line
    : null
}

/** What the editor shows for a stored draft. */
export function joinTitle(title: string, markdown: string): string {
  return title === '' && markdown === '' ? '' : `# ${title}\n\n${markdown}`
}
