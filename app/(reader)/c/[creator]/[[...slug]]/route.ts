/** Sends readers on to the creator's own host: creators' content never shares the dashboard's origin. */
import { creatorUrl } from '#app/_server/http/creator-url.ts'

type Context = { params: Promise<{ creator: string; slug?: string[] }> }

export async function GET(request: Request, { params }: Context): Promise<Response> {
  const { creator, slug = [] } = await params
  const target = creatorUrl(creator, slug)
  if (target === null) return new Response('There is nothing here.\n', { status: 404 })
  return new Response(null, { status: 307, headers: { location: `${target}${new URL(request.url).search}` } })
}
