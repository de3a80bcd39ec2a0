/** Sends a browser on to a page of ours, by the public address: what the request says of hosts is not asked. */
import 'server-only'
import { webDeps } from '#app/_server/deps.ts'

/** `path` begins with a slash. 303: whatever was sent, the page is read by GET. */
export function seeOther(path: string): Response {
  const location = new URL(path, webDeps().config.APP_URL).href
  return new Response(null, { status: 303, headers: { location, 'cache-control': 'no-store' } })
}
