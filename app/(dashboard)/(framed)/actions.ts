'use server'
/** Ends the session in the database, so that a copied cookie is worth nothing afterwards. */
import { cookies } from 'next/headers'
import { redirect } from 'next/navigation'
import { authAdapter, sessionCookieName } from '#app/_server/auth/auth-options.ts'
import { findUser } from '#app/_server/auth/session.ts'
import { unlessSilent } from '#app/_server/http/reachable.ts'
import { requireOwnOrigin } from '#app/_server/http/require-own-origin.ts'

/** Answers a sentence when the session could not be ended. */
export async function signOut(): Promise<string> {
  return await unlessSilent(endSession, 'The database does not answer, so you are still signed in. Try again.')
}

async function endSession(): Promise<never> {
  await requireOwnOrigin()
  const jar = await cookies()
  const token = jar.get(sessionCookieName())?.value
  if (token !== undefined && (await findUser()) !== null) await authAdapter().deleteSession?.(token)
  jar.delete(sessionCookieName())
  redirect('/sign-in')
}
