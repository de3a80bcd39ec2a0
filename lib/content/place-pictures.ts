/** Puts an article's own pictures in the place of pictures that lie elsewhere, and changes nothing else of its text. */
import type { Definition, Nodes } from 'mdast'
import { parseArticle } from './render-article.ts'

/** A part of the text, by offsets, and what stands there instead. */
interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** `digests`: address as `RenderedArticle.elsewhere` has it -> picture. Runs in browsers too. */
export function placePictures(markdown: string, digests: ReadonlyMap<string, string>): string {
  const root = parseArticle(markdown)
  const definitions = new Map<string, Definition>()
  for (const node of walk(root)) {
    if (node.type === 'definition' && !definitions.has(node.identifier)) definitions.set(node.identifier, node)
  }
  const edits = [...walk(root)].flatMap((node) => editOf(node, { markdown, digests, definitions }))
  return edits
    .toSorted((a, b) => b.start - a.start)
    .reduce((text, { start, end, text: next }) => text.slice(0, start) + next + text.slice(end), markdown)
}

function* walk(root: Nodes): Generator<Nodes> {
  const open: Nodes[] = [root]
  for (let node = open.pop(); node; node = open.pop()) {
    yield node
    if ('children' in node) open.push(...node.children)
  }
}

interface Context {
  readonly markdown: string
  readonly digests: ReadonlyMap<string, string>
  readonly definitions: ReadonlyMap<string, Definition>
}

function editOf(node: Nodes, { markdown, digests, definitions }: Context): Edit[] {
  const start = node.position?.start.offset ?? 0
  const end = node.position?.end.offset ?? 0
  const source = markdown.slice(start, end)
  if (node.type === 'html') return [{ start, end, text: placeInHtml(source, digests) }]
  if (node.type !== 'image' && node.type !== 'imageReference') return []
  // A definition may serve links too, so a picture that refers to one says its place itself.
  const url = node.type === 'image' ? node.url : (definitions.get(node.identifier)?.url ?? '')
  const digest = digests.get(url)
  if (digest === undefined) return []
  const at = node.type === 'image' ? source.lastIndexOf(url) : -1
  const text =
    at === -1
      ? `![${escapeLabel(node.alt ?? '')}](image:${digest})`
      : `${source.slice(0, at)}image:${digest}${source.slice(at + url.length)}`
  return [{ start, end, text }]
}

/** Only where a `src` says it: a link to the same address stays one. */
function placeInHtml(source: string, digests: ReadonlyMap<string, string>): string {
  return source.replace(
    /(\ssrc\s*=\s*)(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/gi,
    (whole, before, double, single, bare) => {
      const written: string = double ?? single ?? bare
      const digest = digests.get(written) ?? digests.get(written.replaceAll('&amp;', '&'))
      return digest === undefined ? whole : `${before}"image:${digest}"`
    },
  )
}

function escapeLabel(text: string): string {
  return text.replace(/[\\[\]]/g, '\\$&')
}
