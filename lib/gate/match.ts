/** What a path on a creator host means, decided once: everything behind it works with the answer, never with the path again. */
import type { CatalogResource, CreatorSnapshot } from '#lib/paywall/resources/catalog.ts'

export type Match =
  /** The creator's list. */
  | { readonly kind: 'front' }
  /** Ours on every creator host (protocol.md §10): `/_l402/…`, discovery. */
  | { readonly kind: 'reserved' }
  /** `picture`: lower-case hex digest of one of the article's pictures; `null`: the article. */
  | { readonly kind: 'resource'; readonly resource: CatalogResource; readonly picture: string | null }
  | { readonly kind: 'unknown' }

export const RESERVED_PREFIX = '/_l402/'
const RESERVED_FILES: ReadonlySet<string> = new Set(['/.well-known/l402.json', '/llms.txt', '/robots.txt'])
const PICTURE_NAME = /^([0-9a-f]{64})\.[a-z0-9]{2,4}$/
const FRONT: Match = { kind: 'front' }
const RESERVED: Match = { kind: 'reserved' }
const UNKNOWN: Match = { kind: 'unknown' }

/** `path` as the client sent it. Only whole segments match, so dots, doubled slashes and `;` lead nowhere. */
export function matchPath(creator: CreatorSnapshot, path: string): Match {
  if (path === '/') return FRONT
  if (path.startsWith(RESERVED_PREFIX) || RESERVED_FILES.has(path)) return RESERVED
  const [slug, picture, ...rest] = path.slice(1).split('/')
  if (slug === undefined || rest.length > 0) return UNKNOWN
  const resource = creator.bySlug.get(decodeSegment(slug))
  if (resource === undefined) return UNKNOWN
  return picture === undefined ? { kind: 'resource', resource, picture: null } : matchPicture(resource, picture)
}

function matchPicture(resource: CatalogResource, name: string): Match {
  const digest = PICTURE_NAME.exec(name)?.[1]
  return digest !== undefined && resource.pictures.has(digest)
    ? { kind: 'resource', resource, picture: digest }
    : UNKNOWN
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
