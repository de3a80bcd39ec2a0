'use server'
/** Ends the session in the database, so that a copied cookie is worth nothing afterwards. */
import { cookies } from 'next/headers'
import { redirect } from 'next/navigation'
import { authAdapter, sessionCookieName } from '#app/_server/auth.ts'
import { requireOwnOrigin } from '#app/_server/origin.ts'
import { findUser } from '#app/_server/session.ts'

export async function signOut(): Promise<void> {
  await requireOwnOrigin()
  const jar = await cookies()
  const token = jar.get(sessionCookieName())?.value
  if (token !== undefined && (await findUser()) !== null) await authAdapter().deleteSession?.(token)
  jar.delete(sessionCookieName())
  redirect('/sign-in')
}
