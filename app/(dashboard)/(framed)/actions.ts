'use server'
/** The way out. */
import { redirect } from 'next/navigation'
import { closeSession } from '#app/_server/auth/session.ts'
import { unlessSilent } from '#app/_server/http/reachable.ts'
import { requireOwnOrigin } from '#app/_server/http/require-own-origin.ts'

/** Answers a sentence when the session could not be ended. */
export async function signOut(): Promise<string> {
  return await unlessSilent(endSession, 'The database does not answer, so you are still signed in. Try again.')
}

async function endSession(): Promise<never> {
  await requireOwnOrigin()
  await closeSession()
  redirect('/sign-in')
}
