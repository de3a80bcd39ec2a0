/** Regular expressions of paths as patterns of rules, where a pattern means nothing that the expression does not; pure. */
import { parsePattern } from '#lib/paywall/resources/api/path-pattern.ts'

export type ReadRegexp =
  /** `isNarrower`: some paths that the expression means are not meant. */
  | { readonly kind: 'patterns'; readonly patterns: readonly string[]; readonly isNarrower: boolean }
  | { readonly kind: 'unknown' }

const UNKNOWN: ReadRegexp = { kind: 'unknown' }
/** One group of words, as in `^/(terms|quote)/.*$`. */
const GROUP = /^([^()]*)\((?:\?:)?([A-Za-z0-9_.\-|]+)\)([^()]*)$/
/** `[^/]+`, while segments are told apart. */
const ANY = '\u0000'
/** Letters that mean themselves; a dot is taken for a dot. */
const LITERAL = /^(?:[A-Za-z0-9_\-~.]|\\[.\-/])+$/

/**
 * An expression of Go's `regexp` finds what it means anywhere in a path; a pattern means whole segments from the beginning.
 * So what is not tied to the beginning, or ends within a segment, is read more narrowly, and what has no pattern is unknown:
 * a rule must never mean more than its seller wrote, but for capitals and a slash at the end, which mean nothing to a rule.
 */
export function readPathRegexp(expression: string): ReadRegexp {
  if (expression === '') return { kind: 'patterns', patterns: ['/**'], isNarrower: false }
  const group = GROUP.exec(expression)
  if (group === null) return readPlain(expression)
  const [, before = '', words = '', after = ''] = group
  const read = words.split('|').map((word) => readPlain(`${before}${word}${after}`))
  const known = read.flatMap((each) => (each.kind === 'patterns' ? [each] : []))
  if (known.length < read.length) return UNKNOWN
  return {
    kind: 'patterns',
    patterns: known.flatMap(({ patterns }) => patterns),
    isNarrower: known.some(({ isNarrower }) => isNarrower),
  }
}

function readPlain(expression: string): ReadRegexp {
  const isTied = expression.startsWith('^')
  const isClosed = /(?<!\\)\$$/.test(expression)
  const inner = expression.slice(isTied ? 1 : 0, isClosed ? -1 : undefined)
  const isOpen = /\.[*+]$/.test(inner) || !isClosed
  const fixed = inner.replace(/\.[*+]$/, '')
  const pattern = patternOf(fixed, isOpen)
  if (pattern === null) return UNKNOWN
  // `/v1/.*` goes on behind a slash; `/v1.*` would mean `/v10` too, and is read as `/v1` with what is below it.
  const endsWithin = isOpen && !fixed.endsWith('/')
  // A dot of the expression means any letter.
  const hasDots = /(?<!\\)\./.test(fixed)
  return { kind: 'patterns', patterns: [pattern], isNarrower: fixed !== '' && (!isTied || endsWithin || hasDots) }
}

function patternOf(fixed: string, isOpen: boolean): string | null {
  if (fixed === '' ? !isOpen : !fixed.startsWith('/')) return null
  const segments = fixed
    .replace(/\[\^\/\][*+]/g, ANY)
    .replace(/^\/|\/$/g, '')
    .split('/')
  const read = (fixed === '' || fixed === '/' ? [] : segments).map(readSegment)
  if (read.includes(null)) return null
  const end = isOpen ? ['**'] : fixed.endsWith('/') && read.length > 0 ? [''] : []
  const pattern = `/${[...read, ...end].join('/')}`
  return parsePattern(pattern) === null ? null : pattern
}

function readSegment(segment: string): string | null {
  if (segment === ANY) return '*'
  return LITERAL.test(segment) ? segment.replace(/\\(.)/g, '$1') : null
}
