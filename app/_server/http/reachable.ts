/** Tells "the database does not answer" apart from every other fault, and remembers since when it is so. */
import 'server-only'
import { webDeps } from '#app/_server/deps.ts'
import { codeRow } from '#lib/errors.ts'

type Reached<T> =
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

/** Runs `act`; answers `silent` in its place while the database does not answer. Other faults, and redirects, pass. */
export async function unlessSilent<T, S = T>(act: () => Promise<T>, silent: S): Promise<T | S> {
  const reached = await whileReachable(act)
  return reached.kind === 'reached' ? reached.value : silent
}

/** What a route answers while the database does not: 503, when to ask again, and a sentence. */
export function silentAnswer(): Response {
  const { http: status, retryAfterSeconds } = codeRow('database.unavailable')
  const headers = { 'retry-after': String(retryAfterSeconds), 'cache-control': 'no-store' }
  const body = { reason: 'database.unavailable', message: 'The database does not answer. Nothing is lost; try again.' }
  return Response.json(body, { status, headers })
}

/** By its code: Next keeps several copies of a module in one process, and so several classes `Fault`. */
function isSilence(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'database.unavailable'
}
