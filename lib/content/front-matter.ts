/** Reads what publishing programs write over an article: YAML between `---`, TOML between `+++`. */
import { parse as parseToml } from 'smol-toml'
import { parse as parseYaml } from 'yaml'

export interface FrontMatter {
  readonly title: string
  readonly description: string
  readonly slug: string
  readonly language: string
  /** Names of what is here and has no place in an article of ours. */
  readonly left: readonly string[]
}

/** The front matter and what follows it; null fields: there is none. */
export function splitFrontMatter(text: string): { front: FrontMatter | null; rest: string } {
  const none = { front: null, rest: text }
  const found = /^(---|\+\+\+)[ \t]*\n([\s\S]*?)(?:^|\n)(\1|\.\.\.)[ \t]*(?:\n|$)/.exec(text)
  const [whole = '', fence, source = ''] = found ?? []
  if (fence === undefined) return none
  const fields = fence === '+++' ? readToml(source) : readYaml(source)
  return fields === null ? none : { front: toFrontMatter(fields), rest: text.slice(whole.length) }
}

type Fields = Readonly<Record<string, unknown>>

function readToml(source: string): Fields | null {
  try {
    return parseToml(source)
  } catch {
    return readLines(source)
  }
}

function readYaml(source: string): Fields | null {
  try {
    const value: unknown = parseYaml(source, { uniqueKeys: false, maxAliasCount: 20, logLevel: 'error' })
    return isFields(value) ? value : null
  } catch {
    return readLines(source)
  }
}

/** What is nearly YAML (`title: Tides: a report`) still says its fields line by line; null: it says none. */
function readLines(source: string): Fields | null {
  const lines = [...source.matchAll(/^([A-Za-z][\w-]*)\s*[:=]\s*(.*)$/gm)]
  return lines.length === 0
    ? null
    : Object.fromEntries(lines.map(([, key = '', value = '']) => [key, unquoted(value.trim())]))
}

function unquoted(value: string): string {
  return /^(["']).*\1$/.test(value) ? value.slice(1, -1) : value
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const TITLE = ['title']
const DESCRIPTION = ['description', 'summary', 'excerpt', 'subtitle', 'lead', 'abstract']
const SLUG = ['slug', 'permalink', 'url']
const LANGUAGE = ['language', 'lang', 'locale']
/** Switches of the program that the file comes from. */
const WITHOUT_WORD = ['layout', 'draft', 'published', 'type', 'template', 'toc', 'math', 'comments', 'id', 'weight']

function toFrontMatter(fields: Fields): FrontMatter {
  const byName = new Map(Object.entries(fields).map(([name, value]) => [name.toLowerCase(), value]))
  const first = (names: readonly string[]) =>
    names.map((name) => textOf(byName.get(name))).find((text) => text !== '') ?? ''
  const used = new Set([...TITLE, ...DESCRIPTION, ...SLUG, ...LANGUAGE, ...WITHOUT_WORD])
  return {
    title: first(TITLE),
    description: first(DESCRIPTION),
    slug: first(SLUG).split(/[?#]/)[0]?.split('/').filter(Boolean).at(-1) ?? '',
    language: first(LANGUAGE).replaceAll('_', '-'),
    left: [...byName.keys()].filter((name) => !used.has(name)),
  }
}

/** One line of text; '' for a list, a table or nothing. */
function textOf(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return typeof value === 'string' ? value.replace(/\s+/g, ' ').trim() : ''
}
