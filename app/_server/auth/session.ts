/** Who is asking, and for which creator: the first line of every page, action and route of the dashboard. */
import 'server-only'
import { redirect } from 'next/navigation'
import type { AuthOptions } from 'next-auth'
import type { Adapter } from 'next-auth/adapters'
import { getServerSession } from 'next-auth/next'
import { cache } from 'react'
import { webDeps } from '#app/_server/deps.ts'
import { findMembership } from '#lib/paywall/creators/member-store.ts'
import { authOptions } from './auth-options.ts'

export interface SignedIn {
  readonly userId: string
  readonly email: string
}

export interface Membership {
  readonly userId: string
  readonly creatorId: string
  readonly handle: string
  readonly name: string
}

/** The signed-in user, or `null`. Asked once per request; throws `database.unavailable` when nobody can tell. */
export const findUser = cache(async (): Promise<SignedIn | null> => {
  const { options, trouble } = withTrouble(authOptions())
  const session = await getServerSession<typeof options, { userId: string; user?: { email?: string | null } }>(options)
  if (session !== null) return { userId: session.userId, email: session.user?.email ?? '' }
  const [cause] = trouble
  if (cause !== undefined) throw cause
  return null
})

/** next-auth answers "nobody" when its lookup fails too, and would show people out whenever the database is down. */
function withTrouble(options: AuthOptions): { options: AuthOptions; trouble: readonly unknown[] } {
  const trouble: unknown[] = []
  const { adapter } = options
  const getSessionAndUser: Adapter['getSessionAndUser'] = async (token) => {
    try {
      return (await adapter?.getSessionAndUser?.(token)) ?? null
    } catch (cause) {
      trouble.push(cause)
      throw cause
    }
  }
  return { options: { ...options, ...(adapter && { adapter: { ...adapter, getSessionAndUser } }) }, trouble }
}

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
  return found === null ? null : { userId, creatorId: found.creatorId, handle: found.handle, name: found.name }
})
