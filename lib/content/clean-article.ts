/** Takes out of a Markdown tree what a reader page must not hold, and keeps a list of it for the person who wrote it. */
import type { Definition, FootnoteDefinition, Nodes, Parents, PhrasingContent, Root, RootContent } from 'mdast'

export interface Removal {
  /** Source line, from 1. */
  readonly line: number
  /** What was taken out, in words: `HTML <script>`. */
  readonly what: string
}

export interface ArticlePicture {
  /** SHA-256 of the picture, hex. */
  readonly digest: string
  readonly inPreview: boolean
}

export interface CleanArticle {
  readonly preview: Root
  readonly body: Root
  readonly definitions: readonly Definition[]
  readonly blockLines: readonly number[]
  readonly pictures: readonly ArticlePicture[]
  readonly removed: readonly Removal[]
}

interface Context {
  readonly picturePath: (digest: string) => string | null
  readonly definitions: ReadonlyMap<string, Definition>
  readonly footnotes: Footnotes
  readonly removed: Removal[]
  readonly found: Map<string, boolean>
  /** Added to a heading's depth, so that the article's own top level is the page's second. */
  readonly shift: number
  inPreview: boolean
}

interface Footnotes {
  readonly byId: ReadonlyMap<string, FootnoteDefinition>
  /** Ids in order of first mention: the number printed is the position. */
  readonly order: string[]
}

/** Splits `root` at `cutBlock` (clamped to what there is) and cleans both halves; the notes all go behind the cut. */
export function cleanArticle(
  root: Root,
  options: { cutBlock: number; picturePath: (digest: string) => string | null },
): CleanArticle {
  const survey = surveyTree(root)
  const blocks = root.children.filter((node) => node.type !== 'definition' && node.type !== 'footnoteDefinition')
  const cut = Math.min(Math.max(0, Math.trunc(options.cutBlock)), blocks.length)
  const context: Context = {
    ...survey,
    picturePath: options.picturePath,
    removed: [],
    found: new Map(),
    inPreview: true,
  }
  const preview = cleanAll(blocks.slice(0, cut), context)
  context.inPreview = false
  const body = [...cleanAll(blocks.slice(cut), context), ...notesOf(context)]
  return {
    preview: { type: 'root', children: preview },
    body: { type: 'root', children: body },
    definitions: [...survey.definitions.values()].filter((definition) => isLinkAllowed(definition.url)),
    blockLines: blocks.map(lineOf),
    pictures: [...context.found].map(([digest, inPreview]) => ({ digest, inPreview })),
    removed: context.removed.sort((a, b) => a.line - b.line),
  }
}

function surveyTree(root: Root): Pick<Context, 'definitions' | 'footnotes' | 'shift'> {
  const definitions = new Map<string, Definition>()
  const byId = new Map<string, FootnoteDefinition>()
  let top = 6
  const open: Nodes[] = [root]
  for (let node = open.pop(); node; node = open.pop()) {
    if (node.type === 'definition' && !definitions.has(node.identifier)) definitions.set(node.identifier, node)
    if (node.type === 'footnoteDefinition' && !byId.has(node.identifier)) byId.set(node.identifier, node)
    if (node.type === 'heading') top = Math.min(top, node.depth)
    if ('children' in node) open.push(...node.children.toReversed())
  }
  return { definitions, footnotes: { byId, order: [] }, shift: 2 - top }
}

function cleanAll<T extends Nodes>(nodes: readonly T[], context: Context): T[] {
  return nodes.flatMap((node) => cleanNode(node, context) as T[])
}

function cleanNode(node: Nodes, context: Context): Nodes[] {
  switch (node.type) {
    case 'html':
      return remove(node, `HTML ${firstTag(node.value)}`, context)
    case 'definition':
    case 'footnoteDefinition':
      return []
    case 'image':
      return cleanPicture(node, node.url, context)
    case 'imageReference':
      return cleanPicture(node, context.definitions.get(node.identifier)?.url ?? '', context)
    case 'link':
      return cleanLink(node, node.url, context)
    case 'linkReference':
      return cleanLink(node, context.definitions.get(node.identifier)?.url ?? '', context)
    case 'footnoteReference':
      return [noteMark(node.identifier, context)]
    case 'heading':
      return [{ ...withCleanChildren(node, context), depth: Math.min(6, node.depth + context.shift) as 2 }]
    default:
      return ['children' in node ? withCleanChildren(node, context) : node]
  }
}

function withCleanChildren<T extends Parents>(node: T, context: Context): T {
  return { ...node, children: cleanAll(node.children as Nodes[], context) } as T
}

/** The picture as a plain picture node; the address `image:<digest>` becomes a path on this host. */
function cleanPicture(node: Nodes & { alt?: string | null | undefined }, url: string, context: Context): Nodes[] {
  const digest = /^image:([0-9a-f]{64})$/.exec(url)?.[1]
  const path = digest ? context.picturePath(digest) : null
  if (!digest || path === null) {
    return remove(node, digest ? 'a picture that is no longer there' : 'a picture from another place', context)
  }
  context.found.set(digest, (context.found.get(digest) ?? false) || context.inPreview)
  const data = { hProperties: { loading: 'lazy', decoding: 'async' } }
  return [{ type: 'image', url: path, alt: node.alt ?? '', title: null, data }]
}

/** A link that may stay gets its `rel`; of any other the words stay. */
function cleanLink(node: Extract<Nodes, { type: 'link' | 'linkReference' }>, url: string, context: Context): Nodes[] {
  const clean = withCleanChildren(node, context)
  if (isLinkAllowed(url)) return [{ ...clean, data: { hProperties: { rel: ['nofollow', 'noopener'] } } }]
  context.removed.push({ line: lineOf(node), what: `a link to ${url.slice(0, 40) || 'nowhere'}` })
  return clean.children
}

function isLinkAllowed(url: string): boolean {
  return /^(https?:\/\/|mailto:)\S/i.test(url) && URL.canParse(url)
}

function noteMark(id: string, context: Context): PhrasingContent {
  const { order } = context.footnotes
  if (!order.includes(id)) order.push(id)
  const data = { hName: 'sup', hChildren: [{ type: 'text' as const, value: String(order.indexOf(id) + 1) }] }
  return { type: 'emphasis', children: [], data }
}

/** Notes may mention notes, so the order grows while it is walked. */
function notesOf(context: Context): RootContent[] {
  const items: Extract<RootContent, { type: 'list' }>['children'] = []
  for (const id of context.footnotes.order) {
    const children = cleanAll(context.footnotes.byId.get(id)?.children ?? [], context)
    items.push({ type: 'listItem', spread: false, children })
  }
  return items.length === 0
    ? []
    : [{ type: 'thematicBreak' }, { type: 'list', ordered: true, spread: false, children: items }]
}

function remove(node: Nodes, what: string, context: Context): [] {
  context.removed.push({ line: lineOf(node), what })
  return []
}

function lineOf(node: Nodes): number {
  return node.position?.start.line ?? 1
}

function firstTag(html: string): string {
  return /<[/!]?[a-z0-9-]{0,24}/i.exec(html)?.[0].concat('>') ?? 'comment'
}
