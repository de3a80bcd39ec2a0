/** Tells whether Next will be able to read what is posted to an action: what it cannot read it answers by 500. */

/** More than Next reads of an action (`bodySizeLimit`, next.config.js), in bytes. */
export const MAX_ACTION_BYTES = 6 * 1024 * 1024
/** Actions here take two values at most, and the deepest is an object in an object. */
const MAX_ARGUMENTS = 8
const MAX_DEPTH = 8

/**
 * Whether `text`, sent by React for a call without a form, is a list of arguments. React's own words for what JSON lacks
 * begin with `$`; but for "undefined" they point at parts that only a form has, and a part that is not there is a fault.
 */
export function isArgumentText(text: string): boolean {
  return isArgumentList(text, /^\$(?:\$|undefined$)/)
}

/**
 * Whether `form` is a call that React made of a form: its part `0` is the list of arguments, which may point at forms
 * (`$K`). The form of a page without script has no such part; its actions are named by fields that hold JSON each.
 */
export function isArgumentForm(form: FormData, isCall: boolean): boolean {
  if (isCall) return isArgumentList(form.get('0'), /^\$(?:\$|undefined$|K[0-9a-f]{1,4}$)/)
  return [...form].every(([name, value]) => !/^\$ACTION_\d+:\d+$/.test(name) || parse(value) !== undefined)
}

function isArgumentList(text: unknown, words: RegExp): boolean {
  const list = parse(text)
  return Array.isArray(list) && list.length <= MAX_ARGUMENTS && isPlain(list, words, MAX_DEPTH)
}

/** `undefined` for what is no JSON text. */
function parse(text: unknown): unknown {
  try {
    return typeof text === 'string' ? JSON.parse(text) : undefined
  } catch {
    return undefined
  }
}

function isPlain(value: unknown, words: RegExp, depth: number): boolean {
  if (typeof value === 'string') return !value.startsWith('$') || words.test(value)
  if (typeof value !== 'object' || value === null) return true
  return depth > 0 && Object.values(value).every((member) => isPlain(member, words, depth - 1))
}
