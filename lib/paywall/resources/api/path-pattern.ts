/**
 * Which requests a pattern means. What a pattern says of a path holds for every server that could read that path otherwise.
 *
 * `/dear`, `/DEAR`, `/dear/`, `/dear;v=1` and `/%2564ear` are one place to some servers and several to others. A path is
 * judged as it stands; one that some reader would take for a path of another judgement is judged by nobody.
 */
import { normalizePath } from '#lib/l402/path.ts'

/** Segments in lower case; `*` is any one of them, `**` at the end any number, none included. */
export type Pattern = readonly string[]

/** What a literal segment may hold: nothing that some server reads as the end of a segment, a parameter or an escape. */
const LITERAL = /^(?:[A-Za-z0-9\-._~!$&'()+,=:@]|%[89A-F][0-9A-F])+$/
const MAX_PATTERN_LENGTH = 256

/** The pattern that a person typed: `/scores/*`, `/files/**`. `null`: it is none. */
export function parsePattern(text: string): Pattern | null {
  if (!text.startsWith('/') || text.length > MAX_PATTERN_LENGTH) return null
  const segments = segmentsOf(text)
  const isGood = segments.every(
    (segment, n) => segment === '*' || (segment === '**' && n === segments.length - 1) || isLiteral(segment),
  )
  return isGood ? segments.map((segment) => segment.toLowerCase()) : null
}

function isLiteral(segment: string): boolean {
  return LITERAL.test(segment) && segment !== '.' && segment !== '..'
}

/** Whether a pattern means this path, given in segments of lower case. */
function means(pattern: Pattern, segments: readonly string[]): boolean {
  const isOpen = pattern.at(-1) === '**'
  const fixed = isOpen ? pattern.slice(0, -1) : pattern
  if (isOpen ? segments.length < fixed.length : segments.length !== fixed.length) return false
  return fixed.every((part, n) => part === '*' || part === segments[n])
}

/** Whether everything that `inner` means is meant by `outer` too. */
export function coversPattern(outer: Pattern, inner: Pattern): boolean {
  const [first, ...rest] = outer
  if (first === '**') return true
  const [next, ...others] = inner
  if (next === '**') return false
  if (first === undefined || next === undefined) return first === next
  return (first === '*' || first === next) && coversPattern(rest, others)
}

/** A path that was asked for, in the one spelling in which it is judged and forwarded. */
export interface AskedPath {
  /** Normal form: begins with `/`. */
  readonly path: string
  /** Which of the patterns mean it, in their order. */
  readonly fitting: readonly number[]
}

/**
 * Which of `patterns` mean a raw path, without query. `null`: no server reads it as a path of ours without doubt, because
 * it has dots or empty segments, control characters, or a second reading that other patterns mean.
 */
export function matchPatterns(patterns: readonly Pattern[], rawPath: string): AskedPath | null {
  const path = normalizePath(rawPath)
  if (path === null) return null
  const fitting = fittingOf(patterns, path)
  for (const reading of furtherReadings(path)) {
    if (!isPlain(reading)) return null
    const other = fittingOf(patterns, reading)
    if (other.length !== fitting.length || other.some((n, at) => n !== fitting[at])) return null
  }
  return { path, fitting }
}

function fittingOf(patterns: readonly Pattern[], path: string): number[] {
  const segments = segmentsOf(path.toLowerCase())
  return patterns.flatMap((pattern, n) => (means(pattern, segments) ? [n] : []))
}

/** Without the slash at either end. */
function segmentsOf(path: string): string[] {
  const inner = path.slice(1).replace(/\/$/, '')
  return inner === '' ? [] : inner.split('/')
}

/** What servers are known to do with a path before they look it up. */
const HABITS: readonly ((path: string) => string)[] = [
  (path) => unescapeAgain(path),
  (path) => path.replace(/%2F/gi, '/'),
  (path) => path.replace(/%5C|\\/gi, '/'),
  (path) => path.replace(/;[^/]*/g, ''),
  (path) => path.replace(/(?:;|%3B)[^/]*/gi, ''),
]

/** A path as other servers read it: by any of their habits, in any order, one after the other. */
function furtherReadings(path: string): ReadonlySet<string> {
  const readings = new Set([path])
  if (!/[%;]/.test(path)) return readings
  // What is added on the way is walked too.
  for (const reading of readings) for (const habit of HABITS) readings.add(habit(reading))
  return readings
}

/** Escapes of escapes, and every visible character; those of the other habits stay escaped. */
function unescapeAgain(path: string): string {
  let read = path
  while (read.includes('%25')) read = read.replaceAll('%25', '%')
  return read.replace(/%(?!2F|5C|3B)(?:2[1-9A-F]|[3-6][0-9A-F]|7[0-9A-E])/gi, (triplet) =>
    String.fromCharCode(Number.parseInt(triplet.slice(1), 16)),
  )
}

/** No control character, no dots as a segment, no empty segment. */
function isPlain(path: string): boolean {
  return !/%(?:[01][0-9A-F]|7F)/i.test(path) && !/\/\.{1,2}(?:\/|$)/.test(path) && !path.includes('//')
}
