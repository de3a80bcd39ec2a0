/** Turns a creator's Markdown into HTML that can hold nothing but text, links and the creator's own pictures, cut in two at the preview. */
import type { Root as HtmlRoot } from 'hast'
import type { Root } from 'mdast'
import rehypeSanitize, { type Options as Schema } from 'rehype-sanitize'
import rehypeStringify from 'rehype-stringify'
import remarkGfm from 'remark-gfm'
import remarkParse from 'remark-parse'
import remarkRehype from 'remark-rehype'
import { unified } from 'unified'
import { Fault } from '#lib/errors.ts'
import { refuseArticle } from './article-limits.ts'
import { type ArticlePicture, type CleanArticle, cleanArticle, type Removal } from './clean-article.ts'
import { countWords } from './count-words.ts'

export interface RenderOptions {
  /** Top-level blocks before this index (from 0) are the free preview; the rest is what is paid for. */
  readonly cutBlock: number
  /** Where a picture is served, by the SHA-256 of its bytes as hex; null: there is no such picture. */
  readonly picturePath: (digest: string) => string | null
}

export interface RenderedArticle {
  readonly previewHtml: string
  readonly bodyHtml: string
  readonly words: number
  readonly previewWords: number
  /** Top-level blocks, so a cut is one of 0 to `blocks`. */
  readonly blocks: number
  /** Source line, from 1, on which each block begins. */
  readonly blockLines: readonly number[]
  readonly pictures: readonly ArticlePicture[]
  /** What the source holds and the page does not, in order of lines. */
  readonly removed: readonly Removal[]
}

const parser = unified().use(remarkParse).use(remarkGfm)

/** What may stand in an article. Everything else is dropped, whatever came before it in the pipeline. */
const SCHEMA: Schema = {
  tagNames: [
    ...['p', 'h2', 'h3', 'h4', 'h5', 'h6', 'blockquote', 'ul', 'ol', 'li', 'pre', 'hr', 'br', 'input', 'img', 'a'],
    ...['em', 'strong', 'del', 'code', 'sup', 'table', 'thead', 'tbody', 'tr', 'th', 'td'],
  ],
  attributes: {
    a: ['href', 'title', ['rel', 'nofollow', 'noopener']],
    img: ['src', 'alt', 'title', ['loading', 'lazy'], ['decoding', 'async']],
    ol: ['start'],
    input: [['type', 'checkbox'], ['disabled', true], 'checked'],
    th: [['align', 'left', 'right', 'center']],
    td: [['align', 'left', 'right', 'center']],
  },
  required: { input: { disabled: true, type: 'checkbox' } },
  protocols: { href: ['http', 'https', 'mailto'] },
  strip: ['script', 'style'],
}

const writer = unified().use(remarkRehype).use(rehypeSanitize, SCHEMA).use(rehypeStringify)

/**
 * Renders a whole article. `previewHtml` holds nothing of the blocks from `cutBlock` on. Runs in browsers too.
 * Throws `Fault('input.invalid')` for a text that `refuseArticle` refuses: ask that first where a person should be told.
 */
export function renderArticle(markdown: string, options: RenderOptions): RenderedArticle {
  const refusal = refuseArticle(markdown)
  if (refusal)
    throw new Fault('input.invalid', `article refused: ${refusal.message}`, { publicMessage: refusal.message })
  const article = cleanArticle(parser.parse(markdown), options)
  return {
    previewHtml: toHtml(article.preview, article),
    bodyHtml: toHtml(article.body, article),
    words: countWords(article.preview) + countWords(article.body),
    previewWords: countWords(article.preview),
    blocks: article.blockLines.length,
    blockLines: article.blockLines,
    pictures: article.pictures,
    removed: article.removed,
  }
}

/** Reference links of one half may be defined in the other, so both get all definitions; they print nothing themselves. */
function toHtml(half: Root, article: CleanArticle): string {
  const tree = writer.runSync({ type: 'root', children: [...half.children, ...article.definitions] })
  return writer.stringify(tree as HtmlRoot)
}
