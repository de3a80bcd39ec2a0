/**
 * Splits a `WWW-Authenticate` value into challenges, as RFC 9110 11.6.1 says and as loosely as servers write it.
 *
 * The grammar is awkward: a comma separates parameters as well as challenges, so only the next character tells. A word
 * followed by `=` is a parameter, any other word opens a challenge, and what stands in quotes is never looked into.
 */

export interface RawChallenge {
  /** As written. */
  readonly scheme: string
  /** Lower-case name to value without quotes and escapes; of a repeated name the first. */
  readonly parameters: ReadonlyMap<string, string>
  /** A quoted value had no end. */
  readonly unterminated: boolean
}

/** A challenge while its parameters are collected. */
interface Draft {
  scheme: string
  parameters: Map<string, string>
  unterminated: boolean
}

/** A word up to a blank, comma or equals sign; values may hold more. */
const SEPARATORS = /[\s,]+/y
/** A scheme or a parameter's name. */
const WORD = /[^\s,="']+/y
const EQUALS = /\s*=\s*/y
const BARE_VALUE = /[^\s,"']*/y
/** Quotes and equals signs where a word should begin: nothing can be made of them. */
const STRAY = /["'=]+/y
/** Schemes and parameters read of one value: no server sends as many, and thousands of crumbs are not worth their work. */
const MAX_PARTS = 256

/** The challenges in order; parameters before the first scheme are dropped. Never throws; one pass, at most 256 parts. */
export function parseChallenges(value: string): RawChallenge[] {
  const challenges: Draft[] = []
  const scanner = { value, at: 0 }
  for (let parts = 0; parts < MAX_PARTS && scanner.at < value.length; parts++) {
    take(scanner, SEPARATORS)
    take(scanner, STRAY)
    const word = take(scanner, WORD)
    if (word === '') continue
    if (take(scanner, EQUALS) === '') challenges.push({ scheme: word, parameters: new Map(), unterminated: false })
    else readParameter(scanner, word.toLowerCase(), challenges.at(-1))
  }
  return challenges
}

/** The value and how far it has been read. */
interface Scanner {
  readonly value: string
  at: number
}

/** What the sticky pattern matches right here, which may be nothing. */
function take(scanner: Scanner, pattern: RegExp): string {
  pattern.lastIndex = scanner.at
  const found = pattern.exec(scanner.value)?.[0] ?? ''
  scanner.at += found.length
  return found
}

/** Reads a value behind `name=` and keeps it, unless the challenge has one of that name. */
function readParameter(scanner: Scanner, name: string, challenge: Draft | undefined): void {
  const quote = scanner.value[scanner.at]
  const isQuoted = quote === '"' || quote === "'"
  const text = isQuoted ? takeQuoted(scanner, quote) : take(scanner, BARE_VALUE)
  if (challenge === undefined) return
  if (text === null) challenge.unterminated = true
  else if (!challenge.parameters.has(name)) challenge.parameters.set(name, text)
}

/** The text between quotes with `\` escapes undone; `null`, at the end of the value, when the quote is never closed. */
function takeQuoted(scanner: Scanner, quote: string): string | null {
  const { value } = scanner
  let text = ''
  let from = scanner.at + 1
  for (let i = from; i < value.length; i++) {
    if (value[i] === '\\') {
      text += value.slice(from, i)
      i += 1
      from = i
    } else if (value[i] === quote) {
      scanner.at = i + 1
      return text + value.slice(from, i)
    }
  }
  scanner.at = value.length
  return null
}
