/** The first line of every action that changes something: it comes from our own page, from somebody who may. */
import 'server-only'
import { requireOwnOrigin } from '#app/_server/http/require-own-origin.ts'
import { type Membership, requireMember, requireUser, type SignedIn } from './session.ts'

/** The creator whom this request may change. Redirects strangers; throws `Fault('http.origin_refused')` for other origins. */
export async function actAsMember(): Promise<Membership> {
  await requireOwnOrigin()
  return await requireMember()
}

/** As `actAsMember`, for somebody who has no creator yet. */
export async function actAsUser(): Promise<SignedIn> {
  await requireOwnOrigin()
  return await requireUser()
}
