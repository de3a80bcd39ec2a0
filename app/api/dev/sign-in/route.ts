/** Development only: signs the demo creator in as often as wanted, for the link that `npm start` prints. */
import { type NextRequest, NextResponse } from 'next/server'
import { authAdapter, SESSION_SECONDS, sessionCookieName } from '#app/_server/auth/auth-options.ts'
import { webDeps } from '#app/_server/deps.ts'
import { silentAnswer, whileReachable } from '#app/_server/http/reachable.ts'
import { equalInConstantTime, randomBytes, sha256 } from '#lib/crypto.ts'
import { encodeHex } from '#lib/l402/bytes.ts'

const DEMO_ADDRESS = 'harbor@example.test'

export async function GET(request: NextRequest): Promise<Response> {
  const { config } = webDeps()
  const isOn = config.SATSTILE_MODE === 'development' && config.DEV_SIGN_IN_KEY !== undefined
  if (!isOn || !isKey(request.nextUrl.searchParams.get('key') ?? '', config.DEV_SIGN_IN_KEY ?? ''))
    return new Response(null, { status: 404 })
  const opened = await whileReachable(openDemoSession)
  if (opened.kind === 'silent') return silentAnswer()
  if (opened.value === null) return new Response('There is no demo creator in this database.\n', { status: 404 })
  const { sessionToken, expires } = opened.value
  const answer = NextResponse.redirect(new URL('/overview', config.APP_URL), 303)
  answer.cookies.set(sessionCookieName(), sessionToken, { httpOnly: true, sameSite: 'lax', path: '/', expires })
  return answer
}

/** `null`: this database has no demo creator. */
async function openDemoSession(): Promise<{ sessionToken: string; expires: Date } | null> {
  const adapter = authAdapter()
  const user = (await adapter.getUserByEmail?.(DEMO_ADDRESS)) ?? null
  if (user === null) return null
  const sessionToken = encodeHex(randomBytes(32))
  const expires = new Date(webDeps().clock.now().getTime() + SESSION_SECONDS * 1000)
  await adapter.createSession?.({ sessionToken, userId: user.id, expires })
  return { sessionToken, expires }
}

/** Digests first, so that neither length nor content of the key shows in the time that the answer takes. */
function isKey(given: string, key: string): boolean {
  const digest = (text: string) => sha256(new TextEncoder().encode(text))
  return equalInConstantTime(digest(given), digest(key))
}
