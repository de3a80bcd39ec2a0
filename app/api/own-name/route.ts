/** Leads from another name of ours to the right one; proxy.ts hands requests over, because it can only redirect within a host. */
import { webDeps } from '#app/_server/deps.ts'

/** `to`: path and query that were asked for. Whatever it says, the host is ours. */
export function GET(request: Request): Response {
  const to = new URL(request.url).searchParams.get('to') ?? '/'
  const { origin } = new URL(webDeps().config.APP_URL)
  const location = new URL(`${origin}${to.startsWith('/') ? to : '/'}`).href
  return new Response(null, { status: 308, headers: { location, 'cache-control': 'no-store' } })
}
