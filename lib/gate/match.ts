/** What a path on a creator host means, decided once: everything behind it works with the answer, never with the path again. */
import type { CatalogResource, CreatorSnapshot, GoneResource } from '#lib/paywall/resources/snapshot.ts'
import type { Kinds } from './kinds/kind.ts'

export type Match =
  /** The creator's list. */
  | { readonly kind: 'front' }
  /** Ours on every creator host (protocol.md §10): `/_l402/…`, discovery. */
  | { readonly kind: 'reserved' }
  /** A place of a resource, as its kind understands it. */
  | { readonly kind: 'place'; readonly resource: CatalogResource; readonly place: unknown }
  /** Another spelling of an address that is there: a slash too many, capitals. */
  | { readonly kind: 'moved'; readonly path: string }
  /** The creator deleted what was here, for good. */
  | { readonly kind: 'gone'; readonly resource: GoneResource }
  | { readonly kind: 'unknown' }

const RESERVED_PREFIX = '/_l402/'
const RESERVED_FILES: ReadonlySet<string> = new Set([
  '/.well-known/l402.json',
  '/llms.txt',
  '/openapi.json',
  '/robots.txt',
  '/feed.xml',
  '/sitemap.xml',
  '/favicon.ico',
])
const FRONT: Match = { kind: 'front' }
const RESERVED: Match = { kind: 'reserved' }
const UNKNOWN: Match = { kind: 'unknown' }
const NO_SEGMENTS: readonly string[] = []

/** `path` as the client sent it. Only whole segments match, so dots, doubled slashes and `;` lead nowhere. */
export function matchPath(kinds: Kinds, creator: CreatorSnapshot, path: string): Match {
  if (path === '/') return FRONT
  if (path.startsWith(RESERVED_PREFIX) || RESERVED_FILES.has(path)) return RESERVED
  const match = matchPlace(kinds, creator, path)
  if (match.kind !== 'unknown') return match
  return matchAtRoot(kinds, creator, path) ?? matchLoosely(kinds, creator, path)
}

/** Of those whose places stand at the root, the first that has this one; `null`: none. */
function matchAtRoot(kinds: Kinds, creator: CreatorSnapshot, path: string): Match | null {
  for (const resource of listAtRoot(kinds, creator)) {
    const place = kinds.of(resource).match(resource, path.slice(1).split('/'))
    if (place !== null) return { kind: 'place', resource, place }
  }
  return null
}

/** Looked for once in each snapshot: most creators have none, and many articles. */
function listAtRoot(kinds: Kinds, creator: CreatorSnapshot): readonly CatalogResource[] {
  const known = atRoot.get(creator)
  if (known !== undefined) return known
  const found = creator.resources.filter((resource) => kinds.of(resource).isAtRoot?.(resource) === true)
  atRoot.set(creator, found)
  return found
}

const atRoot = new WeakMap<CreatorSnapshot, readonly CatalogResource[]>()

/**
 * Every address has one spelling, so that a token, a cache and a search engine see one; the others lead to it, and so does
 * each address that a resource had before.
 */
function matchLoosely(kinds: Kinds, creator: CreatorSnapshot, path: string): Match {
  const [first = '', ...segments] = path.slice(1).replace(/\/+$/, '').split('/')
  const name = decodeSegment(first).toLowerCase()
  const gone = creator.gone.get(name)
  if (gone !== undefined) return { kind: 'gone', resource: gone }
  const slug = creator.bySlugBefore.get(name)?.slug ?? name
  const bare = `/${[slug, ...segments].join('/')}`
  if (RESERVED_FILES.has(bare)) return { kind: 'moved', path: bare }
  if (name === '' || bare === path) return UNKNOWN
  return matchPlace(kinds, creator, bare).kind === 'place' ? { kind: 'moved', path: bare } : UNKNOWN
}

function matchPlace(kinds: Kinds, creator: CreatorSnapshot, path: string): Match {
  const end = path.indexOf('/', 1)
  const slug = end === -1 ? path.slice(1) : path.slice(1, end)
  const resource = creator.bySlug.get(decodeSegment(slug))
  if (resource === undefined) return UNKNOWN
  const place = kinds.of(resource).match(resource, end === -1 ? NO_SEGMENTS : path.slice(end + 1).split('/'))
  return place === null ? UNKNOWN : { kind: 'place', resource, place }
}

/** An escaped slash stays inside its segment and so matches no slug; broken escapes match nothing. */
function decodeSegment(segment: string): string {
  if (!segment.includes('%')) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    return ''
  }
}
