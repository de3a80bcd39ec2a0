/** A title is plain text: marks of Markdown and HTML in it become what they show. */
import type { Nodes } from 'mdast'
import { toString as textOf } from 'mdast-util-to-string'
import remarkGfm from 'remark-gfm'
import remarkParse from 'remark-parse'
import { unified } from 'unified'
import { fateOf, isQuiet } from './html-names.ts'

const parser = unified().use(remarkParse).use(remarkGfm, { singleTilde: false })
/** Titles are short; a longer text is not read as Markdown. */
const MAX_LENGTH = 1_000

/** `*Tides* &amp; [storms](https://a.example)` is `Tides & storms`. */
export function plainTitle(title: string): string {
  if (title.length > MAX_LENGTH) return oneLine(title)
  // As a heading, so that what begins like a list or a quote is still a title.
  const tree: Nodes = parser.parse(`# ${oneLine(title)}`)
  return oneLine(textOf(withoutHtml(tree)))
}

function withoutHtml(node: Nodes): Nodes {
  if (!('children' in node)) return node
  const children = node.children.filter((child) => !isElement(child)).map((child) => withoutHtml(child))
  return { ...node, children } as Nodes
}

/** What HTML knows leaves no trace, comments neither; `<Wind>` is what somebody wrote. */
function isElement(node: Nodes): boolean {
  if (node.type !== 'html') return false
  const name = /^<\/?([a-z][a-z0-9]*)/i.exec(node.value)?.[1]?.toLowerCase()
  return name === undefined || isQuiet(name) || UNWRAPPED.has(name) || fateOf(name) !== 'unwrapped'
}

/** Elements of HTML whose text an article keeps without them. */
const UNWRAPPED = new Set(
  'div section article header footer nav aside main address time data big tt strike font center label button form input'.split(
    ' ',
  ),
)

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
