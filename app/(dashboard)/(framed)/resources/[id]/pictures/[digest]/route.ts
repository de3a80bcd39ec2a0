/** A picture of one's own article, for the editor's preview; to anybody else it is not there. */

import { findMember, findUser } from '#app/_server/auth/session.ts'
import { webDeps } from '#app/_server/deps.ts'
import { silentAnswer, whileReachable } from '#app/_server/http/reachable.ts'
import { type Article, findArticle } from '#lib/paywall/resources/article/article-store.ts'

export async function GET(
  _request: Request,
  { params }: { params: Promise<{ id: string; digest: string }> },
): Promise<Response> {
  const { id: resourceId, digest } = await params
  const { blobs } = webDeps()
  const found = await whileReachable(() => findOwnArticle(resourceId))
  if (found.kind === 'silent') return silentAnswer()
  const picture = found.value?.pictures.find((candidate) => candidate.digest === digest)
  const bytes = picture === undefined ? null : await blobs.get(picture.digest)
  if (picture === undefined || bytes === null) return new Response(null, { status: 404 })
  return new Response(new Uint8Array(bytes), {
    headers: {
      'content-type': picture.mediaType,
      'cache-control': 'private, max-age=3600',
      'content-security-policy': "default-src 'none'",
    },
  })
}

async function findOwnArticle(resourceId: string): Promise<Article | null> {
  const user = await findUser()
  const member = user === null ? null : await findMember(user.userId)
  return member === null ? null : await findArticle(webDeps().db, { creatorId: member.creatorId, resourceId })
}
