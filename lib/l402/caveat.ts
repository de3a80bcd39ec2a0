/**
 * A caveat as text: `condition=value`, and the fold that finds a condition of ours under any disguise.
 *
 * A macaroon's caveats are bytes without a meaning of their own; this is the meaning L402 gives them. `services=` lists
 * what the token opens, `<service>_<name>=` limits one service. Text is handled as one character per byte, because a
 * holder may append any bytes and comparing must not depend on whether they happen to be UTF-8.
 */
import { decodeLatin1, encodeUtf8 } from './bytes.ts'

export interface Caveat {
  /** Everything before the first `=`, or the whole text when there is none. One character per byte. */
  readonly condition: string
  /** Everything after the first `=`; `null` when there is none. One character per byte. */
  readonly value: string | null
}

/** Splits caveat bytes at the first `=`. Any bytes are a caveat; whether it is ours is asked later. */
export function parseCaveat(id: Uint8Array): Caveat {
  const text = decodeLatin1(id)
  const equals = text.indexOf('=')
  return equals < 0
    ? { condition: text, value: null }
    : { condition: text.slice(0, equals), value: text.slice(equals + 1) }
}

/** The bytes of `condition=value`. */
export function formatCaveat(condition: string, value: string): Uint8Array {
  return encodeUtf8(`${condition}=${value}`)
}

// Nearly every caveat is already in folded form: one test spares two replacements.
const FOLDED = /^[a-z0-9_-]*$/
const UNFOLDABLE = /[^a-z0-9_-]/g

/**
 * A condition without disguise: ASCII lower case, every other byte removed. Why: unknown caveats are skipped, so a
 * restriction aimed at us must not vanish through a capital letter or a blank. Source: protocol.md §5.2.
 */
export function foldCondition(condition: string): string {
  // Only A to Z may be lowered: `toLowerCase` alone would also turn other letters into ASCII ones.
  return FOLDED.test(condition)
    ? condition
    : condition.replace(/[A-Z]/g, (letter) => letter.toLowerCase()).replace(UNFOLDABLE, '')
}
