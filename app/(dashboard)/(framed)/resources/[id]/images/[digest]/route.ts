/** A picture of one's own article, for the editor's preview; to anybody else it is not there. */
import { webDeps } from '#app/_server/deps.ts'
import { findMember, findUser } from '#app/_server/session.ts'
import { findArticle } from '#lib/paywall/resources/resource-store.ts'

export async function GET(
  _request: Request,
  { params }: { params: Promise<{ id: string; digest: string }> },
): Promise<Response> {
  const { id: resourceId, digest } = await params
  const { db, blobs } = webDeps()
  const user = await findUser()
  const member = user === null ? null : await findMember(user.userId)
  const article = member === null ? null : await findArticle(db, { creatorId: member.creatorId, resourceId })
  const image = article?.images.find((candidate) => candidate.digest === digest)
  const bytes = image === undefined ? null : await blobs.get(image.digest)
  if (image === undefined || bytes === null) return new Response(null, { status: 404 })
  return new Response(new Uint8Array(bytes), {
    headers: {
      'content-type': image.mediaType,
      'cache-control': 'private, max-age=3600',
      'content-security-policy': "default-src 'none'",
    },
  })
}
