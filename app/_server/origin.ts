/** A write comes from a page of ours, or it is refused: Next's own check of actions, and this one for everything (reliability.md T34). */
import 'server-only'
import { headers } from 'next/headers'
import { Fault } from '#lib/errors.ts'
import { webDeps } from './deps.ts'

/** Throws `Fault('http.origin_refused')` unless the request says that it comes from this very origin. */
export async function requireOwnOrigin(): Promise<void> {
  const sent = await headers()
  if (!isOwnOrigin({ origin: sent.get('origin'), site: sent.get('sec-fetch-site') }, webDeps().config.APP_URL)) {
    throw new Fault('http.origin_refused', 'a write came from another origin')
  }
}

/**
 * Whether a write's headers name `appUrl` itself. Pages can set neither of them: one must say so, and the other, when it
 * is there, must not say anything else. Neither of them is a refusal.
 */
export function isOwnOrigin(sent: { origin: string | null; site: string | null }, appUrl: string): boolean {
  if (sent.origin === null) return sent.site === 'same-origin'
  return sent.origin === new URL(appUrl).origin && (sent.site === null || sent.site === 'same-origin')
}
