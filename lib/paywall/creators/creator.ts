/** What a creator's handle may be: the first label of a host name, so the rules of host names hold. */
import { isReserved } from './reserved-handle.ts'

const MIN_LENGTH = 3
const MAX_LENGTH = 30

export type ParsedHandle =
  | { readonly kind: 'handle'; readonly handle: string }
  | { readonly kind: 'invalid'; readonly message: string }

/** Reads a handle as typed; the message says what is expected, for the line beneath the field. */
export function parseHandle(text: string): ParsedHandle {
  const message = refuseHandle(text)
  return message === null ? { kind: 'handle', handle: text } : { kind: 'invalid', message }
}

function refuseHandle(text: string): string | null {
  if (text === '') return 'Choose a handle: it becomes the address of your page.'
  if (/\s/u.test(text)) return 'A handle has no spaces. Join words with a hyphen.'
  if (/[A-Z]/.test(text)) return 'Use lower-case letters.'
  if (/[^a-z0-9-]/u.test(text)) return 'Use the letters a to z, digits and hyphens.'
  if (text.length < MIN_LENGTH) return `Use at least ${MIN_LENGTH} characters.`
  if (text.length > MAX_LENGTH) return `Use at most ${MAX_LENGTH} characters.`
  if (text.startsWith('-') || text.endsWith('-')) return 'Begin and end with a letter or a digit.'
  // Two hyphens in third place mean an encoded name in other scripts (RFC 5891 §4.2.3.1).
  if (text.includes('--')) return 'Use one hyphen at a time.'
  if (isReserved(text)) return 'This handle is reserved. Choose another one.'
  return null
}

/** Variants to offer when `handle` is taken, the nearest first; whether they are free is not known here. */
export function suggestHandles(handle: string): string[] {
  const stem = handle.slice(0, MAX_LENGTH - 6).replace(/-+$/, '')
  const variants = [`${stem}-notes`, `the-${stem}`, `${stem}-hq`, `${stem}-2`, `${stem}-3`, `read-${stem}`]
  return variants.filter((variant) => refuseHandle(variant) === null)
}

/** Whether a text holds what no line of text should: line breaks, NUL and other control characters. */
export function hasControlCharacter(text: string): boolean {
  return /\p{Cc}/u.test(text)
}
