/** Tells "the database does not answer" apart from every other fault, and remembers since when it is so. */
import 'server-only'
import { webDeps } from './deps.ts'

export type Reached<T> =
  | { readonly kind: 'reached'; readonly value: T }
  /** `since`: the first time that this process got no answer. */
  | { readonly kind: 'silent'; readonly since: Date }

let silentSince: Date | null = null

/** Runs `read`; a page can then say what it does not know in place of not being there. Other faults, and redirects, pass. */
export async function whileReachable<T>(read: () => Promise<T>): Promise<Reached<T>> {
  try {
    const value = await read()
    silentSince = null
    return { kind: 'reached', value }
  } catch (cause) {
    if (!isSilence(cause)) throw cause
    silentSince ??= webDeps().clock.now()
    return { kind: 'silent', since: silentSince }
  }
}

/** By its code: Next keeps several copies of a module in one process, and so several classes `Fault`. */
function isSilence(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'database.unavailable'
}
