/** Turns a creator's Markdown into HTML that can hold nothing but text, links and the creator's own pictures, cut in two at the preview. */
import type { Root as HtmlRoot } from 'hast'
import type { Root } from 'mdast'
import rehypeSanitize, { type Options as Schema } from 'rehype-sanitize'
import rehypeStringify from 'rehype-stringify'
import remarkCjk from 'remark-cjk-friendly'
import remarkCjkStrikethrough from 'remark-cjk-friendly-gfm-strikethrough'
import remarkGfm from 'remark-gfm'
import remarkParse from 'remark-parse'
import remarkRehype from 'remark-rehype'
import { unified } from 'unified'
import { refuseArticle } from './article-limits.ts'
import { type ArticlePicture, cleanArticle, type PicturePlace, type Removal } from './clean-article.ts'
import { countWords } from './count-words.ts'
import { refuse } from './refuse.ts'
import { type TreeNode, toTree } from './render-tree.ts'
import { assertHtmlLength } from './tree-limits.ts'

export interface RenderOptions {
  /** Top-level blocks before this index (from 0) are the free preview; the rest is what is paid for. */
  readonly cutBlock: number
  /** Where a picture is served, by the SHA-256 of its bytes as hex; null: there is no such picture. */
  readonly picturePath: (digest: string) => string | PicturePlace | null
  /** Whether the part behind the cut is wanted as a tree too. */
  readonly asTree?: boolean
}

export interface RenderedArticle {
  readonly previewHtml: string
  readonly bodyHtml: string
  /** The same, for who builds it by calls instead of from markup; only where it was asked for. */
  readonly bodyTree?: readonly TreeNode[]
  readonly words: number
  readonly previewWords: number
  /** Top-level blocks, so a cut is one of 0 to `blocks`. */
  readonly blocks: number
  /** Source line, from 1, on which each block begins. */
  readonly blockLines: readonly number[]
  readonly pictures: readonly ArticlePicture[]
  /** Lines of pictures that say nothing to whoever does not see them. */
  readonly undescribed: readonly number[]
  /** What the source holds and the page does not, in order of lines. */
  readonly removed: readonly Removal[]
  /** Addresses of pictures that lie on other servers, each once. */
  readonly elsewhere: readonly string[]
}

/** One tilde is a tilde (`~5 sats`), two strike out; emphasis ends beside Chinese and Japanese punctuation as beside any other. */
const parser = unified()
  .use(remarkParse)
  .use(remarkGfm, { singleTilde: false })
  .use(remarkCjk)
  .use(remarkCjkStrikethrough, { singleTilde: false })

/** What may stand in an article. Everything else is dropped, whatever came before it in the pipeline. */
const SCHEMA: Schema = {
  tagNames: [
    ...['p', 'h2', 'h3', 'h4', 'h5', 'h6', 'blockquote', 'ul', 'ol', 'li', 'pre', 'hr', 'br', 'input', 'img', 'a'],
    ...['em', 'strong', 'del', 'code', 'sup', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'caption', 'tfoot'],
    ...['sub', 'kbd', 'mark', 'u', 'abbr', 'ins', 's', 'small', 'q', 'cite', 'dfn', 'samp', 'var', 'b', 'i', 'wbr'],
    ...['bdi', 'bdo', 'ruby', 'rb', 'rt', 'rp', 'details', 'summary', 'dl', 'dt', 'dd', 'figure', 'figcaption'],
  ],
  attributes: {
    a: ['href', 'title', ['rel', 'nofollow', 'noopener']],
    img: ['src', 'srcSet', 'sizes', 'width', 'height', 'alt', 'title', ['loading', 'lazy'], ['decoding', 'async']],
    ol: ['start'],
    abbr: ['title'],
    details: ['open'],
    input: [['type', 'checkbox'], ['disabled', true], 'checked'],
    th: [['align', 'left', 'right', 'center'], ...['colSpan', 'rowSpan', 'colspan', 'rowspan']],
    td: [['align', 'left', 'right', 'center'], ...['colSpan', 'rowSpan', 'colspan', 'rowspan']],
    '*': ['lang', ['dir', 'ltr', 'rtl', 'auto']],
  },
  required: { input: { disabled: true, type: 'checkbox' } },
  protocols: { href: ['http', 'https', 'mailto'] },
  strip: ['script', 'style'],
}

const writer = unified().use(remarkRehype).use(rehypeSanitize, SCHEMA).use(rehypeStringify)

/**
 * Renders a whole article. `previewHtml` holds nothing of the blocks from `cutBlock` on. Runs in browsers too.
 * Throws `Fault('input.invalid')` (see `refusalOf`) for a text or a page beyond the limits; takes about a second at worst,
 * so servers render by `createArticleRenderer`, in a thread that can be ended.
 */
export function renderArticle(markdown: string, options: RenderOptions): RenderedArticle {
  const refusal = refuseArticle(markdown)
  if (refusal) refuse(refusal.line, refusal.message)
  const { preview, body, ...article } = cleanArticle(parseArticle(markdown), { ...options, source: markdown })
  const previewHtml = toHtml(preview, 0)
  return {
    ...{ previewHtml, bodyHtml: toHtml(body, previewHtml.length) },
    ...(options.asTree === true && { bodyTree: toTree(writer.runSync(body) as HtmlRoot) }),
    words: countWords(preview) + countWords(body),
    previewWords: countWords(preview),
    blocks: article.blockLines.length,
    ...article,
  }
}

/** The tree that is rendered, with positions in `markdown`; for a text that `renderArticle` took. */
export function parseArticle(markdown: string): Root {
  return parser.parse(markdown)
}

/** `others`: characters that the page has already. */
function toHtml(half: Root, others: number): string {
  const tree = writer.runSync(half) as HtmlRoot
  assertHtmlLength(tree, others)
  return writer.stringify(tree)
}
