/** Addresses of creators' pages, made from the configured pattern and from nothing that a client says about hosts. */
import 'server-only'
import { webDeps } from '#app/_server/deps.ts'
import { createCreatorHosts } from '#lib/paywall/resources/creator-host.ts'

/** Host of a creator, for instance `harbor.localhost:8402`. */
export function creatorHost(handle: string): string {
  return createCreatorHosts(webDeps().config.CREATOR_HOSTS).hostOf(handle)
}

/** `http://harbor.localhost:8402/tides`; `null` when nobody can have `handle`. Readers' pages have the protocol of the dashboard. */
export function creatorUrl(handle: string, path: readonly string[] = []): string | null {
  const { config } = webDeps()
  const hosts = createCreatorHosts(config.CREATOR_HOSTS)
  const host = hosts.hostOf(handle)
  if (hosts.handleOf(host) !== handle) return null
  return `${new URL(config.APP_URL).protocol}//${host}/${path.map(encodeURIComponent).join('/')}`
}
