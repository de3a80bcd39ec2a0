/** A sign-in link works only in the browser that asked for it, so a link that leaks from a mailbox opens nothing. */
import 'server-only'
import { equalInConstantTime, randomBytes, sha256 } from '#lib/crypto.ts'
import { encodeHex } from '#lib/l402/bytes.ts'

const SECRET_BYTES = 32
const encoder = new TextEncoder()

/** Name of the cookie with the browser's secret; as narrow as the protocol of `appUrl` allows. */
export function proofCookieName(appUrl: string): string {
  return appUrl.startsWith('https:') ? '__Host-satstile.sign-in' : 'satstile.sign-in'
}

/** A new secret for one browser: 64 hex digits. */
export function newBrowserSecret(): string {
  return encodeHex(randomBytes(SECRET_BYTES))
}

/** The token of a link: 32 random bytes, then what proves the browser. Both as hex, joined by a dot. */
export function newLinkToken(browserSecret: string): string {
  return `${encodeHex(randomBytes(SECRET_BYTES))}.${proofOf(browserSecret)}`
}

/** Whether a link's token was made for the browser that holds `browserSecret`. */
export function isSameBrowser(token: string, browserSecret: string): boolean {
  const proof = token.slice(token.indexOf('.') + 1)
  return equalInConstantTime(encoder.encode(proof), encoder.encode(proofOf(browserSecret)))
}

function proofOf(browserSecret: string): string {
  return encodeHex(sha256(encoder.encode(`sign-in link ${browserSecret}`)))
}
