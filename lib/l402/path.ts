/**
 * Paths in one spelling, so that no second spelling of a path slips past a caveat.
 *
 * `/v1`, `/%76%31` and `/x/../v1` may all reach the same handler of an upstream. A token limited to `/v1` must open
 * neither more nor less than that, so a limit has to be in normal form, and a request is brought to it where that is
 * plain (triplets that need no escaping) or matches no limit at all (dots, empty segments, broken triplets).
 */

/** RFC 3986 3.3: what a path may hold, with triplets in upper case; whether they are needed is tested apart. */
const PATH_CHARACTERS = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-F]{2})*$/
/** RFC 3986 2.3: characters that mean the same escaped or not. */
const UNRESERVED = /^[A-Za-z0-9\-._~]$/
// Only whole triplets are respelled; a lone `%` stays, and the test for normal form refuses it.
const TRIPLET = /%[0-9A-Fa-f]{2}/g
const DOT_SEGMENT = /\/\.{1,2}(?:\/|$)/
/** Longer than any real path: beyond it a request matches no `path` condition. */
const REQUEST_PATH_CHARACTERS = 1_024

/**
 * Whether `path` is in normal form: begins with `/`, no empty segment but a last one, no `.` or `..`, triplets upper
 * case and only where needed. Source: protocol.md §5.3.
 */
export function isNormalPath(path: string): boolean {
  return (
    path.startsWith('/') &&
    !path.includes('//') &&
    PATH_CHARACTERS.test(path) &&
    !DOT_SEGMENT.test(path) &&
    spellTriplets(path) === path
  )
}

/** The normal form of a request's raw path without query; `null` when it has none or is longer than 1,024 characters. */
export function normalizePath(path: string): string | null {
  // A triplet shrinks to a third at most, so longer ones cannot come out short enough: no work for them.
  if (path.length > 3 * REQUEST_PATH_CHARACTERS) return null
  const spelled = spellTriplets(path)
  return spelled.length <= REQUEST_PATH_CHARACTERS && isNormalPath(spelled) ? spelled : null
}

/** Triplets of unreserved characters decoded, all others in upper case; `%2F` stays what it is. */
function spellTriplets(path: string): string {
  if (!path.includes('%')) return path
  return path.replace(TRIPLET, (triplet) => {
    const character = String.fromCharCode(Number.parseInt(triplet.slice(1), 16))
    return UNRESERVED.test(character) ? character : triplet.toUpperCase()
  })
}

/** Whether `path` is `limit` or lies below it; both in normal form. `/v1` covers `/v1/x`, never `/v10`. */
export function coversPath(limit: string, path: string): boolean {
  if (!path.startsWith(limit)) return false
  return path.length === limit.length || limit.endsWith('/') || path[limit.length] === '/'
}
