/** Takes out of a Markdown tree what a reader page must not hold, and keeps a list of it for the person who wrote it. */
import type { Definition, FootnoteDefinition, Nodes, Parents, PhrasingContent, Root, RootContent } from 'mdast'
import { toString as textOf } from 'mdast-util-to-string'
import { nestHtml } from './nest-html.ts'
import { assertTreeSize, createAddressBudget } from './tree-limits.ts'
import { UNDESCRIBED } from './undescribed.ts'

export interface Removal {
  /** Source line, from 1. */
  readonly line: number
  /** What was taken out, in words: `HTML <script>`. */
  readonly what: string
  /** How it stands in the source, cut to a line, and what the page says there instead; '': nothing. */
  readonly before: string
  readonly after: string
}

export interface PicturePlace {
  readonly path: string
  /** In px; left out where they are not known. */
  readonly width?: number
  readonly height?: number
  /** Copies for narrow windows, the narrowest first. */
  readonly smaller: readonly { readonly path: string; readonly width: number }[]
}

export interface ArticlePicture {
  /** SHA-256 of the picture, hex. */
  readonly digest: string
  readonly inPreview: boolean
}

export interface CleanArticle {
  readonly preview: Root
  readonly body: Root
  readonly blockLines: readonly number[]
  readonly pictures: readonly ArticlePicture[]
  readonly undescribed: readonly number[]
  readonly removed: readonly Removal[]
  /** Addresses of pictures that lie on other servers, each once. */
  readonly elsewhere: readonly string[]
}

export interface CleanOptions {
  readonly cutBlock: number
  readonly picturePath: (digest: string) => string | PicturePlace | null
  /** The Markdown that the tree was read from. */
  readonly source: string
}

interface Context extends Pick<CleanOptions, 'picturePath' | 'source'> {
  readonly definitions: ReadonlyMap<string, Definition>
  readonly notes: ReadonlyMap<string, FootnoteDefinition>
  /** Ids of notes in order of first mention: the number printed is the position. */
  readonly mentioned: string[]
  readonly removed: Removal[]
  readonly found: Map<string, boolean>
  readonly undescribed: number[]
  readonly elsewhere: Set<string>
  readonly countAddress: ReturnType<typeof createAddressBudget>
  /** Added to a heading's depth, so that the article's own top level is the page's second. */
  readonly shift: number
  inPreview: boolean
}

/**
 * Splits `root` at `cutBlock` (clamped to what there is) and cleans both halves. A note stands at the end of the half that
 * first mentions it. Throws the refusal of a tree that is too large (`tree-limits.ts`).
 */
export function cleanArticle(parsed: Root, { cutBlock, picturePath, source }: CleanOptions): CleanArticle {
  assertTreeSize(parsed)
  const removed: Removal[] = []
  const root = nestHtml(parsed, ({ node, what, after }) => removed.push(removalOf(node, { what, after, source })))
  const blocks = root.children.filter((node) => node.type !== 'definition' && node.type !== 'footnoteDefinition')
  const cut = Math.min(Math.max(0, Math.trunc(cutBlock)), blocks.length)
  const context: Context = {
    ...surveyTree(root),
    ...{ picturePath, source, removed, mentioned: [], found: new Map(), undescribed: [], inPreview: true },
    elsewhere: new Set(),
    countAddress: createAddressBudget(),
  }
  const preview = cleanHalf(blocks.slice(0, cut), context)
  context.inPreview = false
  const body = cleanHalf(blocks.slice(cut), context)
  return {
    ...{ preview, body },
    blockLines: blocks.map(lineOf),
    pictures: [...context.found].map(([digest, inPreview]) => ({ digest, inPreview })),
    undescribed: context.undescribed,
    removed: removed.sort((a, b) => a.line - b.line),
    elsewhere: [...context.elsewhere],
  }
}

function surveyTree(root: Root): Pick<Context, 'definitions' | 'notes' | 'shift'> {
  const definitions = new Map<string, Definition>()
  const notes = new Map<string, FootnoteDefinition>()
  let top = 6
  const open: Nodes[] = [root]
  for (let node = open.pop(); node; node = open.pop()) {
    if (node.type === 'definition' && !definitions.has(node.identifier)) definitions.set(node.identifier, node)
    if (node.type === 'footnoteDefinition' && !notes.has(node.identifier)) notes.set(node.identifier, node)
    if (node.type === 'heading') top = Math.min(top, node.depth)
    if ('children' in node) open.push(...node.children.toReversed())
  }
  return { definitions, notes, shift: 2 - top }
}

function cleanHalf(blocks: readonly RootContent[], context: Context): Root {
  const first = context.mentioned.length
  const children = cleanAll(blocks, context)
  return { type: 'root', children: [...children, ...notesFrom(first, context)] }
}

function cleanAll<T extends Nodes>(nodes: readonly T[], context: Context): T[] {
  return nodes.flatMap((node) => cleanNode(node, context) as T[])
}

function cleanNode(node: Nodes, context: Context): Nodes[] {
  switch (node.type) {
    case 'definition':
    case 'footnoteDefinition':
      return []
    case 'image':
      return cleanPicture(node, node.url, context)
    case 'imageReference':
      return cleanPicture(node, context.definitions.get(node.identifier)?.url ?? '', context)
    case 'link':
      return cleanLink(node, node, context)
    case 'linkReference':
      return cleanLink(node, context.definitions.get(node.identifier) ?? { url: '' }, context)
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

type AnyPicture = Nodes & { alt?: string | null | undefined }

/** The picture as a plain picture node, `image:<digest>` as a path on this host; of any other its description stays. */
function cleanPicture(node: AnyPicture, url: string, context: Context): Nodes[] {
  const digest = /^image:([0-9a-f]{64})$/.exec(url)?.[1]
  if (/^https?:\/\//i.test(url)) context.elsewhere.add(url)
  if (digest === undefined) return leaveOut(node, 'a picture from another place', context)
  const place = context.picturePath(digest)
  if (place === null) return leaveOut(node, 'a picture that is no longer there', context)
  const alt = node.alt?.trim() === UNDESCRIBED ? '' : (node.alt?.trim() ?? '')
  if (alt === '') context.undescribed.push(lineOf(node))
  context.found.set(digest, (context.found.get(digest) ?? false) || context.inPreview)
  const { path, ...size } = typeof place === 'string' ? { path: place } : { path: place.path, ...sizeOf(place) }
  const data = { hProperties: { ...size, loading: 'lazy', decoding: 'async' } }
  return [{ type: 'image', url: path, alt, title: null, data }]
}

function leaveOut(node: AnyPicture, picture: string, context: Context): Nodes[] {
  const alt = node.alt ?? ''
  remove(node, { what: isHtml(node) ? 'HTML <img>' : picture, after: alt }, context)
  return alt === '' ? [] : [{ type: 'text', value: alt }]
}

/** As wide as the text of a page, and on a phone as wide as the window. */
const SIZES = '(min-width: 760px) 680px, 100vw'

function sizeOf({ path, width, height, smaller }: PicturePlace): Record<string, string | number> {
  if (width === undefined || height === undefined) return {}
  const all = [...smaller, { path, width }].map((copy) => `${copy.path} ${copy.width}w`)
  return { width, height, ...(smaller.length === 0 ? {} : { srcSet: all.join(', '), sizes: SIZES }) }
}

/** A link that may stay gets its `rel`; of any other the words stay. */
function cleanLink(
  node: Extract<Nodes, { type: 'link' | 'linkReference' }>,
  { url, title }: { url: string; title?: string | null | undefined },
  context: Context,
): Nodes[] {
  const { children } = withCleanChildren(node, context)
  if (isLinkAllowed(url)) {
    context.countAddress({ line: lineOf(node), url, title: title ?? '', name: cut(textOf(node)) })
    const data = { hProperties: { rel: ['nofollow', 'noopener'] } }
    return [{ type: 'link', url, title: title ?? null, children, data }]
  }
  if (url !== '' || !isHtml(node))
    remove(node, { what: `a link to ${url.slice(0, 40) || 'nowhere'}`, after: textOf({ ...node, children }) }, context)
  return children
}

function isHtml(node: Nodes): boolean {
  return node.data !== undefined && 'isHtml' in node.data
}

function isLinkAllowed(url: string): boolean {
  return /^(https?:\/\/|mailto:)\S/i.test(url) && URL.canParse(url)
}

function noteMark(id: string, { mentioned }: Context): PhrasingContent {
  if (!mentioned.includes(id)) mentioned.push(id)
  const data = { hName: 'sup', hChildren: [{ type: 'text' as const, value: String(mentioned.indexOf(id) + 1) }] }
  return { type: 'emphasis', children: [], data }
}

/** The notes first mentioned since `first` (an index of `mentioned`). Notes may mention notes, so the list grows while it is walked. */
function notesFrom(first: number, context: Context): RootContent[] {
  const items: Extract<RootContent, { type: 'list' }>['children'] = []
  for (let index = first; index < context.mentioned.length; index += 1) {
    const children = cleanAll(context.notes.get(context.mentioned[index] ?? '')?.children ?? [], context)
    items.push({ type: 'listItem', spread: false, children })
  }
  if (items.length === 0) return []
  return [{ type: 'thematicBreak' }, { type: 'list', ordered: true, start: first + 1, spread: false, children: items }]
}

type Loss = Pick<Removal, 'what' | 'after'>

function remove(node: Nodes, loss: Loss, { removed, source }: Context): void {
  removed.push(removalOf(node, { ...loss, source }))
}

function removalOf(node: Nodes, { what, after, source }: Loss & { source: string }): Removal {
  const { start, end } = node.position ?? {}
  return {
    line: lineOf(node),
    what,
    before: cut(source.slice(start?.offset ?? 0, end?.offset ?? 0)),
    after: cut(after),
  }
}

const MAX_QUOTE = 120

/** One line of a text, short enough to be shown beside others. */
function cut(text: string): string {
  const line = text
    .slice(0, 2 * MAX_QUOTE)
    .replace(/\s+/g, ' ')
    .trim()
  return line.length > MAX_QUOTE ? `${line.slice(0, MAX_QUOTE - 1)}…` : line
}

function lineOf(node: Nodes): number {
  return node.position?.start.line ?? 1
}
