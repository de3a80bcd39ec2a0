/** Gives the HTML inside a Markdown tree its place in that tree, so that whoever cleans the tree meets nodes and never markup. */
import { Parser } from 'htmlparser2'
import type { Nodes, Parents, Root } from 'mdast'
import { fateOf, holdsText, isQuiet, isVoid, sortAttributes } from './html-names.ts'
import { refuse } from './refuse.ts'

export interface Dropped {
  /** The Markdown node in which it stood. */
  readonly node: Nodes
  /** In words: `HTML <script>`. */
  readonly what: string
  /** What stays of its text. */
  readonly after: string
}

/** Elements that nobody closes, one inside the other. */
const MAX_OPEN = 24
/** Stands for no character of any text: shows whether the parser is back in text at the end of a node. */
const END_OF_NODE = '\uE000'
const FLOW_PARENTS = new Set(['root', 'blockquote', 'listItem', 'footnoteDefinition'])
const FLOW_NODES = new Set([
  'paragraph',
  'heading',
  'blockquote',
  'list',
  'code',
  'table',
  'thematicBreak',
  'definition',
  'footnoteDefinition',
])

/** A tree without `html` nodes. What was allowed is now a node that holds what stood between its marks; `onDrop` is told the rest. */
export function nestHtml(root: Root, onDrop: (dropped: Dropped) => void): Root {
  return nestIn(root, onDrop)
}

function nestIn<T extends Nodes>(node: T, onDrop: (dropped: Dropped) => void): T {
  if (!('children' in node)) return node
  const children = (node.children as Nodes[]).map((child) => nestIn(child, onDrop))
  if (!children.some(({ type }) => type === 'html')) return { ...node, children }
  const scope = createScope(FLOW_PARENTS.has(node.type), onDrop)
  for (const child of children) {
    if (child.type === 'html') scope.read(child)
    else scope.append(child)
  }
  return { ...node, children: scope.end() }
}

interface Open {
  readonly name: string
  readonly children: Nodes[]
}

/** Builds the children of one parent; what was left open in it ends with it. */
function createScope(isFlow: boolean, onDrop: (dropped: Dropped) => void) {
  const stack: [Open, ...Open[]] = [{ name: isFlow ? 'root' : 'p', children: [] }]
  let current: Nodes = { type: 'text', value: '' }
  /** Name of the open element that is lost with its content. */
  let lost: string | null = null
  let isAtEnd = false
  const top = (): Open => stack.at(-1) ?? stack[0]

  const append = (node: Nodes) => {
    while (stack.length > 1 && FLOW_NODES.has(node.type) && /^(?:p|h[1-6])$/.test(top().name)) stack.pop()
    top().children.push(node)
  }
  const open = (name: string, attributes: Record<string, string>) => {
    if (lost !== null) return
    const fate = fateOf(name)
    if (fate === 'lost') lost = name
    if (fate === 'inline' || (fate === 'flow' && isFlow)) keep(name, attributes)
    else if (!isQuiet(name))
      onDrop({ node: current, what: `HTML <${name}>`, after: fate === 'lost' ? '' : textOf(current) })
  }
  const keep = (name: string, attributes: Record<string, string>) => {
    const { kept, lost: lostNames } = sortAttributes(name, attributes)
    if (lostNames.length > 0)
      onDrop({ node: current, what: `${lostNames.join(', ')} of HTML <${name}>`, after: textOf(current) })
    if (stack.length > MAX_OPEN) {
      refuse(lineOf(current), `HTML can be ${MAX_OPEN} levels deep; here <${name}> goes deeper.`)
    }
    const children: Nodes[] = []
    append(nodeOf(name, kept, { children, position: current.position }))
    if (!isVoid(name)) stack.push({ name, children })
  }
  const close = (name: string) => {
    if (lost === name) lost = null
    const index = stack.findLastIndex((entry) => entry.name === name)
    if (index > 0) stack.length = index
  }
  const text = (value: string) => {
    if (value.endsWith(END_OF_NODE)) isAtEnd = true
    const words = value.replaceAll(END_OF_NODE, '')
    if (lost !== null || words === '') return
    if (isFlow && !holdsText(top().name) && words.trim() === '') return
    top().children.push({ type: 'text', value: words, position: current.position } as Nodes)
  }
  const newParser = () => new Parser({ onopentag: open, onclosetag: close, ontext: text })
  let parser = newParser()

  return {
    append,
    read(node: Extract<Nodes, { type: 'html' }>) {
      current = node
      isAtEnd = false
      parser.write(node.value)
      parser.write(END_OF_NODE)
      if (isAtEnd && lost === null) return
      // A tag, comment or script that does not end in its node ends with it: what follows is Markdown again.
      if (!isAtEnd) onDrop({ node, what: 'HTML that does not end', after: textOf(node) })
      lost = null
      parser = newParser()
    },
    end: (): Nodes[] => (isFlow ? inParagraphs(stack[0].children) : stack[0].children),
  }
}

type Placed = { children: Nodes[]; position: Nodes['position'] }

/** As a Markdown node where there is one, so that links and pictures meet the same rules; else by its name (`hName`). */
function nodeOf(name: string, attributes: Readonly<Record<string, string>>, { children, position }: Placed): Nodes {
  const { href, src, alt, title, ...others } = attributes
  const data = { isHtml: true }
  if (name === 'a') return { type: 'link', url: href ?? '', title: title ?? null, children, position, data } as Nodes
  if (name === 'img') return { type: 'image', url: src ?? '', alt: alt ?? '', position, data } as Nodes
  if (name === 'br') return { type: 'break', position } as Nodes
  if (name === 'hr') return { type: 'thematicBreak', position } as Nodes
  const depth = /^h([1-6])$/.exec(name)?.[1]
  if (depth !== undefined) return { type: 'heading', depth: Number(depth), children, position } as Nodes
  const isBlock = fateOf(name) === 'flow' && !holdsText(name)
  const hProperties = title === undefined ? others : { ...others, title }
  return { type: isBlock ? 'blockquote' : 'emphasis', children, position, data: { hName: name, hProperties } } as Nodes
}

/** Text that stands directly among blocks becomes paragraphs, here and inside elements that hold blocks. */
function inParagraphs(nodes: readonly Nodes[]): Nodes[] {
  const result: Nodes[] = []
  let run: Nodes[] = []
  const endRun = () => {
    if (run.some((node) => node.type !== 'text' || node.value.trim() !== ''))
      result.push({ type: 'paragraph', children: run, position: run[0]?.position } as Nodes)
    run = []
  }
  for (const node of nodes) {
    if (isInline(node)) run.push(node)
    else {
      endRun()
      result.push(node)
    }
    if (node.type === 'blockquote' && node.data !== undefined) withParagraphs(node)
  }
  endRun()
  return result
}

function withParagraphs(node: Parents): void {
  node.children = inParagraphs(node.children as Nodes[]) as never
}

function isInline(node: Nodes): boolean {
  if (node.type === 'emphasis') return fateOf(String((node.data as { hName?: string } | undefined)?.hName)) !== 'flow'
  return !FLOW_NODES.has(node.type)
}

/** What a piece of HTML says without its marks. */
function textOf(node: Nodes): string {
  return node.type === 'html' ? node.value.replace(/<[^<>]*>/g, '').trim() : ''
}

function lineOf(node: Nodes): number {
  return node.position?.start.line ?? 1
}
