'use server'
/** Sends a sign-in link, or says beside the field why not. */
import { redirect } from 'next/navigation'
import { parseAddress } from '#app/_server/auth/address.ts'
import { requestLink } from '#app/_server/auth/link-request.ts'
import { claimMail } from '#app/_server/auth/mail-budget.ts'
import { webDeps } from '#app/_server/deps.ts'
import { plainFields } from '#app/_server/http/page-input.ts'
import { unlessSilent } from '#app/_server/http/reachable.ts'
import { requireOwnOrigin } from '#app/_server/http/require-own-origin.ts'

export interface SignInState {
  readonly email: string
  readonly fault: string | null
}

export async function sendLink(_before: SignInState, form: FormData): Promise<SignInState> {
  await requireOwnOrigin()
  const email = String(plainFields(form)?.email ?? '').slice(0, 400)
  const address = parseAddress(email)
  if (address === null)
    return { email, fault: 'This is not an e-mail address we can send to. It looks like name@example.org.' }
  if (!claimMail(address, webDeps().clock.now())) {
    return {
      email,
      fault: 'Five links went to this address in the last 15 minutes. Use the newest one, or wait a little.',
    }
  }
  const sent = await unlessSilent(() => requestLink(address), 'silent')
  if (sent === 'silent')
    return {
      email,
      fault: 'The database does not answer, so no link was sent. Nothing is lost; try again in a minute.',
    }
  if (sent === 'failed') return { email, fault: 'The mail could not be sent. Nothing is lost; try again in a minute.' }
  redirect('/sign-in/sent')
}
