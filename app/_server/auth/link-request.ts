/** Asks next-auth for a sign-in link from inside the process, so that the form works without script and answers beside its field. */
import 'server-only'
import { cookies } from 'next/headers'
import { NextRequest } from 'next/server'
import NextAuth from 'next-auth'
import { webDeps } from '#app/_server/deps.ts'
import { randomBytes, sha256 } from '#lib/crypto.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import { authOptions } from './auth-options.ts'
import { newBrowserSecret, proofCookieName } from './browser-proof.ts'

const COOKIE_SECONDS = 15 * 60

/** `sent`, or `failed` when the mail could not be handed over. Sets the cookie that binds the link to this browser. */
export async function requestLink(address: string): Promise<'sent' | 'failed'> {
  const { config } = webDeps()
  const secure = config.NEXTAUTH_URL.startsWith('https:')
  const secret = newBrowserSecret()
  const jar = await cookies()
  const flags = { httpOnly: true, sameSite: 'lax', path: '/', secure, maxAge: COOKIE_SECONDS } as const
  jar.set(proofCookieName(config.NEXTAUTH_URL), secret, flags)
  const csrfToken = encodeHex(randomBytes(32))
  jar.set(
    secure ? '__Host-next-auth.csrf-token' : 'next-auth.csrf-token',
    csrfCookie(csrfToken, config.NEXTAUTH_SECRET),
    flags,
  )
  const request = new NextRequest(new URL('/api/auth/signin/email', config.NEXTAUTH_URL), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: address, csrfToken, callbackUrl: new URL('/overview', config.NEXTAUTH_URL).href }),
  })
  const context = { params: Promise.resolve({ nextauth: ['signin', 'email'] }) }
  const answer: Response = await NextAuth(request, context, authOptions(secret))
  return new URL(answer.headers.get('location') ?? '/', config.NEXTAUTH_URL).pathname.endsWith('/verify-request')
    ? 'sent'
    : 'failed'
}

/** next-auth's double-submit cookie: the token and its hash under the server's secret. */
function csrfCookie(token: string, serverSecret: string): string {
  return `${token}|${encodeHex(sha256(new TextEncoder().encode(`${token}${serverSecret}`)))}`
}
