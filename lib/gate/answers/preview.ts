/** Whoever opens an address sees the part that is free; no invoice, no `WWW-Authenticate`: some clients pay whenever they see it. */

import { readWaiting } from '#lib/gate/credentials/waiting-cookie.ts'
import type { GateDeps } from '#lib/gate/deps.ts'
import { CORS_FIELDS, PREVIEW_LINK, PRIVATE_FIELDS } from '#lib/gate/headers.ts'
import type { Asked } from '#lib/gate/kinds/kind.ts'
import type { GateAnswer, HeaderField } from '#lib/gate/request.ts'
import { seeOther } from '#lib/gate/routes/route.ts'
import { CHALLENGE_ID } from '#lib/paywall/challenges/challenge-id.ts'
import { answerContent } from './content.ts'

const WHOLE_ID = new RegExp(`^${CHALLENGE_ID}$`)
const FIELDS: readonly HeaderField[] = [PREVIEW_LINK, ...PRIVATE_FIELDS, ...CORS_FIELDS]

/**
 * 200 with the page before paying. A browser that asked for an invoice without JavaScript is first led to where its claim
 * secrets are sent, and comes back with the invoice that waits, or to what is open by now.
 */
export async function answerPreview(deps: GateDeps, asked: Asked): Promise<GateAnswer> {
  const { request, resource } = asked
  const isWaiting = request.method === 'GET' && readWaiting(request).includes(resource.id)
  const waiting = isWaiting ? new URLSearchParams(request.query).get('waiting') : null
  if (isWaiting && waiting === null) return seeOther(`/_l402/open/${encodeURIComponent(resource.slug)}`)
  const challengeId = waiting !== null && WHOLE_ID.test(waiting) ? waiting : null
  const content = await deps.kinds.of(resource).preview(asked, challengeId)
  deps.views.count(asked)
  return answerContent(asked.request, content, { headers: FIELDS })
}
