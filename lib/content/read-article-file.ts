/** Reads a Markdown file as somebody brings it: encoding, front matter, title; what has no place here is named, never dropped in silence. */
import type { Root } from 'mdast'
import { toString as textOf } from 'mdast-util-to-string'
import remarkGfm from 'remark-gfm'
import remarkParse from 'remark-parse'
import { unified } from 'unified'
import { refuseArticle } from './article-limits.ts'
import { decodeText } from './decode-text.ts'
import { type FrontMatter, splitFrontMatter } from './front-matter.ts'
import { plainTitle } from './plain-title.ts'
import { type RenderedArticle, renderArticle } from './render-article.ts'

export interface ArticleFile {
  readonly kind: 'read'
  readonly title: string
  readonly lead: string
  /** As the file names it, not yet checked; '': it names none. */
  readonly slug: string
  /** A language tag; null: the file names none. */
  readonly language: string | null
  readonly markdown: string
  readonly blocks: number
  /** A sentence for each thing that was changed or that readers will not see. */
  readonly notes: readonly string[]
}

export type ReadArticleFile = ArticleFile | { readonly kind: 'refused'; readonly message: string }

const MAX_TITLE_LENGTH = 200
const MAX_LEAD_LENGTH = 400
/** The title is the first block, so the rest is not parsed for it. */
const TITLE_WITHIN = 4_000
const parser = unified().use(remarkParse).use(remarkGfm)

/** The article in the bytes of a file. Takes about a second at worst: servers ask the renderer's thread. */
export function readArticleFile(bytes: Uint8Array): ReadArticleFile {
  const decoded = decodeText(bytes)
  if (decoded.kind === 'refused') return decoded
  const text = decoded.text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n')
  const { front, rest } = splitFrontMatter(text)
  const refusal = refuseArticle(rest)
  if (refusal !== null) {
    const before = text.slice(0, text.length - rest.length).split('\n').length - 1
    return { kind: 'refused', message: `Line ${refusal.line + before}: ${refusal.message}` }
  }
  const { title, markdown } = takeTitle(rest, front?.title ?? '')
  const rendered = renderArticle(markdown, { cutBlock: 0, picturePath: () => null })
  const lead = front?.description ?? ''
  return {
    kind: 'read',
    title: title.slice(0, MAX_TITLE_LENGTH),
    lead: lead.slice(0, MAX_LEAD_LENGTH),
    slug: front?.slug ?? '',
    language: languageTag(front?.language ?? ''),
    markdown,
    blocks: rendered.blocks,
    notes: [
      ...(decoded.encoding === 'UTF-8'
        ? []
        : [`The file was in ${decoded.encoding} and is now UTF-8: look over its letters.`]),
      ...notesOfFront(front),
      ...(title.length > MAX_TITLE_LENGTH ? [`The title was cut to ${MAX_TITLE_LENGTH} characters.`] : []),
      ...(lead.length > MAX_LEAD_LENGTH ? [`The description was cut to ${MAX_LEAD_LENGTH} characters.`] : []),
      ...notesOfPictures(rendered),
    ],
  }
}

function notesOfFront(front: FrontMatter | null): string[] {
  const left = front?.left ?? []
  return left.length === 0
    ? []
    : [`Of the lines above the text, these have no place here: ${left.slice(0, 12).join(', ')}.`]
}

/** They are fetched in the editor, by who wants them fetched: here it is said that they are not there yet. */
function notesOfPictures({ removed, elsewhere }: RenderedArticle): string[] {
  const count = removed.filter(({ what }) => what === 'a picture from another place' || what === 'HTML <img>').length
  if (count === 0) return []
  const pictures = count === 1 ? 'One picture lies' : `${count} pictures lie`
  const help = elsewhere.length === 0 ? 'Drop' : 'Fetch them beside the text, or drop'
  return [`${pictures} elsewhere, and readers see only the description. ${help} the files where they belong.`]
}

/** The first heading of the first level, in whatever form, is the title and leaves the text; so is one that only says the title again. */
function takeTitle(text: string, known: string): { title: string; markdown: string } {
  const tree: Root = parser.parse(text.slice(0, TITLE_WITHIN))
  const index = tree.children.findIndex(({ type }) => type !== 'html' && type !== 'definition')
  const first = tree.children[index]
  const fallback = { title: plainTitle(known), markdown: trimmed(text) }
  if (first?.type !== 'heading') return fallback
  const title = plainTitle(
    text.slice(first.children[0]?.position?.start.offset ?? 0, first.children.at(-1)?.position?.end.offset ?? 0),
  )
  const isTitle = known === '' ? first.depth === 1 : title === plainTitle(known)
  if (!isTitle || textOf(first) === '') return fallback
  const { start, end } = first.position ?? {}
  return { title, markdown: trimmed(text.slice(0, start?.offset ?? 0) + text.slice(end?.offset ?? 0)) }
}

/** Without empty lines at both ends; the indent of a first line means code. */
function trimmed(text: string): string {
  return text.replace(/^(?:[ \t]*\n)+/, '').trimEnd()
}

/** `pt_br` is `pt-BR`; null for what is no language. */
function languageTag(text: string): string | null {
  try {
    return text === '' ? null : (Intl.getCanonicalLocales(text)[0] ?? null)
  } catch {
    return null
  }
}
