/** One strict grammar for e-mail addresses, so that two accounts can never look alike (reliability.md T35). */

/** Longest address that mail servers carry, RFC 5321 4.5.3.1.3. */
const MAX_ADDRESS_LENGTH = 254
/** A dot-atom, RFC 5321 4.1.2: every sign that needs no quotes. */
const LOCAL = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/

/**
 * The one spelling of an address, lower case; `null` when it is not one. Only ASCII, no quotes, no comments, one `@`:
 * whatever needs more than that is refused instead of guessed at.
 */
export function parseAddress(text: string): string | null {
  const address = text.trim().toLowerCase()
  if (address.length > MAX_ADDRESS_LENGTH) return null
  const [local = '', domain = '', ...rest] = address.split('@')
  return rest.length === 0 && local.length <= 64 && LOCAL.test(local) && DOMAIN.test(domain) ? address : null
}
