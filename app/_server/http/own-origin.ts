/** What a request's headers say of where it comes from and whom it was meant for; nothing of it is believed further than that. */

/** In which proxy.ts tells `/api/own-name` what path and query were asked for under another name. */
export const ASKED_PATH = 'x-satstile-asked-path'

/**
 * Whether a write's headers name `appUrl` itself. Pages can set neither of them: one must say so, and the other, when it
 * is there, must not say anything else. Neither of them is a refusal.
 */
export function isOwnOrigin(sent: { origin: string | null; site: string | null }, appUrl: string): boolean {
  if (sent.origin === null) return sent.site === 'same-origin'
  return sent.origin === new URL(appUrl).origin && (sent.site === null || sent.site === 'same-origin')
}

/**
 * Whether `host`, a `Host` header, is one of `appUrls`' or a name of this very computer. A page that points a name of
 * its own at us (DNS rebinding) sends that name, and can send no other; so loopback names are safe with any port, and
 * health checks and tunnels use them. `X-Forwarded-Host` is not asked: such a page can send that.
 */
export function isOwnHost(host: string | null, appUrls: readonly string[]): boolean {
  if (host === null) return false
  // A name may end with the root's dot.
  return isLoopback(host) || appUrls.some((url) => isHostOf(host.replace(/\.(?=:|$)/, ''), new URL(url)))
}

const LOOPBACK = /^(?:localhost\.?|127(?:\.\d{1,3}){3}|0\.0\.0\.0|\[::1?\])(?::\d{1,5})?$/i

function isLoopback(host: string): boolean {
  return LOOPBACK.test(host)
}

/**
 * Whether `host` is an address in digits, as load balancers that ask for health by address send it. No name that
 * somebody points at us looks like that.
 */
export function isAddress(host: string | null): boolean {
  return /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[\da-f:]+\])(?::\d{1,5})?$/i.test(host ?? '')
}

/** Whether `host` is the one of `url`: `app.example:443` is `app.example` where the protocol is https. */
export function isHostOf(host: string, url: URL): boolean {
  const asked = `${url.protocol}//${host}`
  return /^[a-z\d.:[\]-]+$/i.test(host) && URL.canParse(asked) && new URL(asked).host === url.host
}
