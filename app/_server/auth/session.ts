/** Who is asking, and for which creator: the first line of every page, action and route of the dashboard. */
import 'server-only'
import { cookies } from 'next/headers'
import { redirect } from 'next/navigation'
import type { AuthOptions } from 'next-auth'
import type { Adapter } from 'next-auth/adapters'
import { getServerSession } from 'next-auth/next'
import { cache } from 'react'
import { webDeps } from '#app/_server/deps.ts'
import { randomBytes } from '#lib/crypto.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import { describeCause } from '#lib/log.ts'
import { findMembership } from '#lib/paywall/creators/member-store.ts'
import { type SignInAdapter, sessionAdapter } from './session-adapter.ts'

const SESSION_SECONDS = 30 * 24 * 60 * 60

export interface SignedIn {
  readonly userId: string
  readonly email: string
}

export interface Membership {
  readonly userId: string
  readonly creatorId: string
  readonly handle: string
  readonly name: string
  /** Whose days the figures count. */
  readonly timeZone: string
  /** Of the creator's picture, SHA-256 as hex; `null`: there is none. */
  readonly pictureDigest: string | null
}

/** The signed-in user, or `null`. Asked once per request; throws `database.unavailable` when nobody can tell. */
export const findUser = cache(async (): Promise<SignedIn | null> => {
  const { adapter, trouble } = withTrouble(sessionAdapter())
  const options = authOptions(adapter)
  const session = await getServerSession<typeof options, { userId: string; user?: { email?: string | null } }>(options)
  if (session !== null) return { userId: session.userId, email: session.user?.email ?? '' }
  const [cause] = trouble
  if (cause !== undefined) throw cause
  return null
})

/** The signed-in user; strangers are sent to sign in. */
export async function requireUser(): Promise<SignedIn> {
  return (await findUser()) ?? redirect('/sign-in')
}

/** The creator that the user works for; who has none yet is sent to make one. */
export async function requireMember(): Promise<Membership> {
  const user = await requireUser()
  return (await findMember(user.userId)) ?? redirect('/welcome')
}

/** The creator of a user, or `null`. */
export const findMember = cache(async (userId: string): Promise<Membership | null> => {
  const found = await findMembership(webDeps().db, userId)
  if (found === null) return null
  const { creatorId, handle, name, timeZone, pictureDigest } = found
  return { userId, creatorId, handle, name, timeZone, pictureDigest }
})

/** Signs this browser in with a new token; one that it held before opens nothing afterwards. For routes and actions only. */
export async function openSession(userId: string): Promise<void> {
  const adapter = sessionAdapter()
  const jar = await cookies()
  const before = jar.get(sessionCookieName())?.value
  if (before !== undefined) await adapter.deleteSession(before)
  const sessionToken = encodeHex(randomBytes(32))
  const expires = new Date(webDeps().clock.now().getTime() + SESSION_SECONDS * 1000)
  await adapter.createSession({ sessionToken, userId, expires })
  jar.set(sessionCookieName(), sessionToken, { httpOnly: true, sameSite: 'lax', path: '/', secure: isHttps(), expires })
}

/** Ends the session in the database, so that a copied cookie is worth nothing afterwards. For routes and actions only. */
export async function closeSession(): Promise<void> {
  const jar = await cookies()
  const token = jar.get(sessionCookieName())?.value
  if (token !== undefined) await sessionAdapter().deleteSession(token)
  jar.delete({ name: sessionCookieName(), path: '/', secure: isHttps() })
}

/** Whether this dashboard is reached by https, so that its cookies may say so. */
export function isHttps(): boolean {
  return webDeps().config.APP_URL.startsWith('https:')
}

/** Name of the session cookie, as next-auth derives it from the address. */
function sessionCookieName(): string {
  return isHttps() ? '__Secure-next-auth.session-token' : 'next-auth.session-token'
}

function authOptions(adapter: Adapter): AuthOptions {
  return {
    adapter,
    secret: webDeps().config.NEXTAUTH_SECRET,
    session: { strategy: 'database', maxAge: SESSION_SECONDS },
    useSecureCookies: isHttps(),
    // Nothing of ours sets this cookie; under its usual name a host beside this one could, with an address that is a fault.
    cookies: {
      callbackUrl: {
        name: `${isHttps() ? '__Host-' : ''}satstile.callback-url`,
        options: { httpOnly: true, sameSite: 'lax', path: '/', secure: isHttps() },
      },
    },
    providers: [],
    logger: { error: tellTrouble },
    callbacks: { session: ({ session, user }) => ({ ...session, userId: user.id }) },
  }
}

/** One line in our log in place of next-auth's own stack traces, of which a silent database would cause two per request. */
function tellTrouble(reason: string, metadata: Error | { readonly error: Error }): void {
  const cause = describeCause(metadata instanceof Error ? metadata : metadata.error)
  webDeps().log.warn('next-auth could not do its part', { reason, cause })
}

/** next-auth answers "nobody" when its lookup fails too, and would show people out whenever the database is down. */
function withTrouble(rows: SignInAdapter): { adapter: Adapter; trouble: readonly unknown[] } {
  const trouble: unknown[] = []
  const getSessionAndUser: Adapter['getSessionAndUser'] = async (token) => {
    try {
      return await rows.getSessionAndUser(token)
    } catch (cause) {
      trouble.push(cause)
      throw cause
    }
  }
  return { adapter: { ...rows, getSessionAndUser } as Adapter, trouble }
}
