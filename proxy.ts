/** The dashboard's front door: what is not meant for it or cannot be read is refused; every page gets a policy of its own. */
import { type NextRequest, NextResponse } from 'next/server'
import { type Config, readConfig } from '#lib/config.ts'
import { type Code, codeRow } from '#lib/errors.ts'
import { isArgumentForm, isArgumentText, MAX_ACTION_BYTES } from './app/_server/http/action-body.ts'
import { isAddress, isOwnHost, isOwnOrigin } from './app/_server/http/own-origin.ts'

let known: Config<'web'> | undefined

/**
 * Only what the headers and the shape of a body tell is decided here: sessions and membership are checked by the
 * functions that read or write (reliability.md T34), and those ask for the origin once more. Routes under `/api/` check
 * their own writes.
 */
export async function proxy(request: NextRequest): Promise<NextResponse> {
  known ??= readConfig('web')
  const { APP_URL, NEXTAUTH_URL } = known
  if (!isMeantForUs(request, [APP_URL, NEXTAUTH_URL])) return misdirected(APP_URL)
  if (request.nextUrl.pathname.startsWith('/api/')) return NextResponse.next()
  const refused = await refuseWrite(request, APP_URL)
  return refused === null ? withPolicy(request) : refuse(refused)
}

/** Whether we are alive may be asked by address too: load balancers do, and the answer tells nothing of anybody. */
function isMeantForUs({ headers, nextUrl }: NextRequest, appUrls: readonly string[]): boolean {
  const host = headers.get('host')
  return isOwnHost(host, appUrls) || (nextUrl.pathname === '/api/health' && isAddress(host))
}

/** A name that somebody else points at this address (DNS rebinding) would read what stands here with its own scripts. */
function misdirected(appUrl: string): NextResponse {
  const text = `This dashboard answers at ${new URL(appUrl).origin} and under no other name. Open it there.\n`
  return new NextResponse(text, { status: 421, headers: { 'cache-control': 'no-store' } })
}

/** Why a request that wants to change something goes no further; `null`: it may. */
async function refuseWrite(request: NextRequest, appUrl: string): Promise<Code | null> {
  const { method, headers } = request
  if (method === 'GET' || method === 'HEAD') return null
  const sent = { origin: headers.get('origin'), site: headers.get('sec-fetch-site') }
  if (!isOwnOrigin(sent, appUrl)) return 'http.origin_refused'
  return await refuseBody(request)
}

/** Bodies of actions only; a route reads its own. */
async function refuseBody(request: NextRequest): Promise<Code | null> {
  const isCall = request.headers.has('next-action')
  const isForm = request.headers.get('content-type')?.startsWith('multipart/form-data') ?? false
  if (!isCall && !isForm) return null
  if (Number(request.headers.get('content-length') ?? 0) > MAX_ACTION_BYTES) return 'http.too_large'
  try {
    if (isForm) return isArgumentForm(await request.formData(), isCall) ? null : 'http.malformed'
    const text = await request.text()
    // A body sent in chunks claims no length.
    if (Buffer.byteLength(text) > MAX_ACTION_BYTES) return 'http.too_large'
    return isArgumentText(text) ? null : 'http.malformed'
  } catch {
    // The one thing that throws here is a body that is not the form it claims to be.
    return 'http.malformed'
  }
}

function refuse(reason: Code): NextResponse {
  const { http: status, message } = codeRow(reason)
  return NextResponse.json({ reason, message }, { status, headers: { 'cache-control': 'no-store' } })
}

function withPolicy(request: NextRequest): NextResponse {
  const policy = contentSecurityPolicy(crypto.randomUUID())
  const headers = new Headers(request.headers)
  // Next reads the nonce from the request's own policy and puts it on each script that it writes.
  headers.set('content-security-policy', policy)
  const response = NextResponse.next({ request: { headers } })
  response.headers.set('content-security-policy', policy)
  return response
}

function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' blob: data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

export const config = { matcher: ['/((?!_next/static).*)'] }
