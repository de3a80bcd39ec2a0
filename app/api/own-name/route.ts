/** Leads from another name of ours to the right one; proxy.ts hands requests over, because it can only redirect within a host. */
import { webDeps } from '#app/_server/deps.ts'
import { ASKED_PATH } from '#app/_server/http/own-origin.ts'

/** Whatever the header says, the host is ours. */
export function GET(request: Request): Response {
  const asked = request.headers.get(ASKED_PATH) ?? '/'
  const { origin } = new URL(webDeps().config.APP_URL)
  const location = new URL(`${origin}${asked.startsWith('/') ? asked : '/'}`).href
  return new Response(null, { status: 308, headers: { location, 'cache-control': 'no-store' } })
}
