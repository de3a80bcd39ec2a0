/** What the parsed article may be: counted on its tree, because few characters can stand for much of it. */
import type { ElementContent, Root as HtmlRoot, RootContent } from 'hast'
import type { Nodes, Root } from 'mdast'
import { inWords, MAX_NESTING, tooManyCells } from './article-limits.ts'
import { refuse } from './refuse.ts'

/** Pieces of a page; an ordinary long article has some 5,000. */
const MAX_NODES = 60_000
/** Deepest nesting of anything in anything. */
const MAX_DEPTH = 3 * MAX_NESTING
/** Both halves of the page together, in characters. */
export const MAX_HTML_LENGTH = 2_000_000
/** Addresses of all links of a page together: a reference is short, what it stands for is not. */
const MAX_ADDRESS_LENGTH = 500_000

/** Throws the refusal of a tree that is too deep or has too many pieces; walks it without recursion. */
export function assertTreeSize(root: Root): void {
  const open: Visit[] = [{ node: root, depth: 0, count: 0 }]
  let count = 0
  for (let visit = open.pop(); visit; visit = open.pop()) {
    count += 1
    const message = refuseNode({ ...visit, count })
    if (message !== null) refuse(visit.node.position?.start.line ?? 1, message)
    const depth = visit.depth + 1
    if ('children' in visit.node) open.push(...visit.node.children.map((node) => ({ node, depth, count })))
  }
}

interface Visit {
  readonly node: Nodes
  readonly depth: number
  /** Nodes seen so far. */
  readonly count: number
}

function refuseNode({ node, depth, count }: Visit): string | null {
  if (count > MAX_NODES) return `A page can have ${inWords(MAX_NODES)} pieces of text. Split the article in two.`
  if (depth > MAX_DEPTH) return `Emphasis, links, quotes and lists can be ${MAX_DEPTH} levels deep in one another.`
  return node.type === 'table' ? tooManyCells(node.children.length * (node.align?.length ?? 1)) : null
}

/** Adds up the addresses of links. Throws the refusal, in the words of the link that goes too far. */
export function createAddressBudget(): (link: { line: number; url: string; title: string; name: string }) => void {
  const uses = new Map<string, number>()
  let total = 0
  return ({ line, url, title, name }) => {
    const count = (uses.get(url) ?? 0) + 1
    uses.set(url, count)
    total += url.length + title.length
    if (total <= MAX_ADDRESS_LENGTH) return
    const length = inWords(url.length + title.length)
    refuse(
      line,
      `Links can have ${inWords(MAX_ADDRESS_LENGTH)} characters of addresses and titles altogether. “${name}” has ${length} and is used ${inWords(count)} times up to here: shorten it.`,
    )
  }
}

/** Throws the refusal of a page whose HTML would be too long; asked before it is written. `others`: length of what is written already. */
export function assertHtmlLength(root: HtmlRoot, others: number): number {
  const open: (RootContent | ElementContent)[] = [...root.children]
  let length = others
  for (let node = open.pop(); node; node = open.pop()) {
    if (node.type === 'text') length += escapedLength(node.value)
    if (node.type === 'element') {
      length += 2 * node.tagName.length + 5
      for (const [name, value] of Object.entries(node.properties))
        length += name.length + 4 + escapedLength(String(value))
      open.push(...node.children)
    }
    if (length > MAX_HTML_LENGTH)
      refuse(
        1,
        `The page of this article would be longer than ${inWords(MAX_HTML_LENGTH)} characters. Split it in two.`,
      )
  }
  return length
}

/** Four characters of text are written as a reference of five more. */
function escapedLength(text: string): number {
  return text.length + 5 * (text.match(/[&<>"]/g)?.length ?? 0)
}
