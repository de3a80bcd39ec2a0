/** A write comes from a page of ours, or it is refused: proxy.ts says so to clients, and this stands behind it (reliability.md T34). */
import 'server-only'
import { headers } from 'next/headers'
import { webDeps } from '#app/_server/deps.ts'
import { Fault } from '#lib/errors.ts'
import { isOwnOrigin } from './own-origin.ts'

/** Throws `Fault('http.origin_refused')` unless the request says that it comes from this very origin. */
export async function requireOwnOrigin(): Promise<void> {
  const sent = await headers()
  if (!isOwnOrigin({ origin: sent.get('origin'), site: sent.get('sec-fetch-site') }, webDeps().config.APP_URL)) {
    throw new Fault('http.origin_refused', 'a write came from another origin')
  }
}
