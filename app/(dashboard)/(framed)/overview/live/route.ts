/** Sales of the signed-in creator as server-sent events: told by a notice at once, found by asking each second otherwise. */

import { findMember, findUser } from '#app/_server/auth/session.ts'
import { shareStream } from '#app/_server/http/live-share.ts'
import { silentAnswer, whileReachable } from '#app/_server/http/reachable.ts'
import { openSaleStream } from '#app/_server/reads/sale-stream.ts'

export async function GET(request: Request): Promise<Response> {
  const asked = await whileReachable(async () => {
    const user = await findUser()
    return { user, member: user === null ? null : await findMember(user.userId) }
  })
  if (asked.kind === 'silent') return silentAnswer()
  const { user, member } = asked.value
  if (member === null) return new Response(null, { status: user === null ? 401 : 404 })
  // The header comes with a reconnection and knows more than the address, which is that of the first one.
  const after = request.headers.get('last-event-id') ?? new URL(request.url).searchParams.get('after')
  return shareStream(member.userId, {
    signal: request.signal,
    open: () => openSaleStream(member.creatorId, { after, signal: request.signal }),
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'private, no-store',
      'x-accel-buffering': 'no',
    },
  })
}
