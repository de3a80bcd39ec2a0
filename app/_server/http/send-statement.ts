/** A creator's statement as a file to keep. */
import 'server-only'
import { findMember, findUser } from '#app/_server/auth/session.ts'
import { streamStatement } from '#app/_server/reads/money.ts'
import { shareStream } from './live-share.ts'
import { silentAnswer, whileReachable } from './reachable.ts'

const TYPES = { csv: 'text/csv; charset=utf-8', json: 'application/json; charset=utf-8' } as const

/** 401 for strangers, 404 for somebody without a creator, 503 while the database is silent. */
export async function sendStatement(request: Request, format: keyof typeof TYPES): Promise<Response> {
  const asked = await whileReachable(async () => {
    const user = await findUser()
    return { user, member: user === null ? null : await findMember(user.userId) }
  })
  if (asked.kind === 'silent') return silentAnswer()
  const { user, member } = asked.value
  if (member === null) return new Response(null, { status: user === null ? 401 : 404 })
  return shareStream(member.userId, {
    signal: request.signal,
    open: () => streamStatement(member.creatorId, format),
    headers: {
      'content-type': TYPES[format],
      'content-disposition': `attachment; filename="${member.handle}-statement.${format}"`,
      'cache-control': 'private, no-store',
    },
  })
}
