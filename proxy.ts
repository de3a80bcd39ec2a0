/** The dashboard's front door: what is not meant for it or cannot be read is refused; every page gets a policy of its own. */
import { type NextRequest, NextResponse } from 'next/server'
import { isReadableCall, isReadableForm } from '#app/_server/http/action-call.ts'
import { ASKED_PATH, isAddress, isHostOf, isOwnHost, isOwnOrigin } from '#app/_server/http/own-origin.ts'
import { refuse } from '#app/_server/http/refuse.ts'
import { type Config, readConfig, readWebRole } from '#lib/config.ts'
import type { Code } from '#lib/errors.ts'

let known: Config<'web'> | undefined

/**
 * Only what the headers and the shape of a body tell is decided here: sessions and membership are checked by the
 * functions that read or write (reliability.md T34), and those ask for the origin once more. Routes under `/api/` check
 * their own writes.
 */
export async function proxy(request: NextRequest): Promise<Response> {
  if (readWebRole() === 'door') return refuse('paywall.resource_unknown')
  known ??= readConfig('web')
  const answer = await answerTo(request, known)
  // Browsers take this from https alone; in development the same name may be asked by http tomorrow.
  if (known.SATSTILE_MODE === 'production') answer.headers.set('strict-transport-security', 'max-age=31536000')
  return answer
}

/** What may be asked under any name of ours: the second is where this proxy sends those who used another one. */
const NAMELESS: ReadonlySet<string> = new Set(['/api/health', '/api/own-name'])

async function answerTo(request: NextRequest, { APP_URL, NEXTAUTH_URL }: Config<'web'>): Promise<Response> {
  const { method, nextUrl } = request
  if (!isMeantForUs(request, [APP_URL, NEXTAUTH_URL])) return misdirected(APP_URL)
  if (NAMELESS.has(nextUrl.pathname)) return NextResponse.next()
  const isRead = method === 'GET' || method === 'HEAD'
  // Another name of ours: cookies and links belong to one, so there is one.
  if (isRead && !isHostOf(publicHost(request), new URL(APP_URL))) return elsewhere(request)
  if (nextUrl.pathname.startsWith('/api/')) return NextResponse.next()
  const refused = isRead ? null : await refuseWrite(request, APP_URL)
  return refused === null ? withPolicy(request) : refuse(refused)
}

/** Whether we are alive may be asked by address too: load balancers do, and the answer tells nothing of anybody. */
function isMeantForUs(request: NextRequest, appUrls: readonly string[]): boolean {
  const host = request.headers.get('host')
  const isOwn = isOwnHost(host, appUrls) && isOwnHost(publicHost(request), appUrls)
  return isOwn || (request.nextUrl.pathname === '/api/health' && isAddress(host))
}

/** The name that the client used: Next believes what a proxy in front says of it, so that must be a name of ours too. */
function publicHost({ headers }: NextRequest): string {
  return headers.get('x-forwarded-host') ?? headers.get('host') ?? ''
}

/** A name that somebody else points at this address (DNS rebinding) would read what stands here with its own scripts. */
function misdirected(appUrl: string): NextResponse {
  const text = `This dashboard answers at ${new URL(appUrl).origin} and under no other name. Open it there.\n`
  return new NextResponse(text, { status: 421, headers: { 'cache-control': 'no-store' } })
}

/** Next cuts the host off where a proxy redirects to what Next takes for its own name, so a route of ours does it. */
function elsewhere({ nextUrl, headers: sent }: NextRequest): NextResponse {
  const headers = new Headers(sent)
  headers.set(ASKED_PATH, `${nextUrl.pathname}${nextUrl.search}`)
  return NextResponse.rewrite(new URL('/api/own-name', nextUrl), { request: { headers } })
}

/** Why a request that wants to change something goes no further; `null`: it may. */
async function refuseWrite(request: NextRequest, appUrl: string): Promise<Code | null> {
  const { headers } = request
  const sent = { origin: headers.get('origin'), site: headers.get('sec-fetch-site') }
  if (!isOwnOrigin(sent, appUrl)) return 'http.origin_refused'
  const isForm = headers.get('content-type')?.startsWith('multipart/form-data') ?? false
  return headers.has('next-action') || isForm ? await refuseCall(request, isForm) : null
}

/** More than a text of the editor with everything around it, in bytes; a file comes as a form, up to Next's own limit. */
const MAX_CALL_BYTES = 2 * 1024 * 1024
const MAX_FORM_BYTES = 6 * 1024 * 1024

/** Calls of actions only, whose bodies Next would answer by 500 when it cannot read them; a route reads its own. */
async function refuseCall(request: NextRequest, isForm: boolean): Promise<Code | null> {
  const limit = isForm ? MAX_FORM_BYTES : MAX_CALL_BYTES
  if (Number(request.headers.get('content-length') ?? 0) > limit) return 'http.too_large'
  // A body sent in chunks claims no length.
  const bytes = new Uint8Array(await request.arrayBuffer())
  if (bytes.length > limit) return 'http.too_large'
  const isReadable = isForm
    ? await isReadableForm(bytes, request.headers.get('content-type') ?? '')
    : isReadableCall(new TextDecoder().decode(bytes))
  return isReadable ? null : 'http.malformed'
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

/** The second door's routes answer for themselves, and a proxy in front of a route would hold its body back. */
export const config = { matcher: ['/((?!_next/static|api/gate$|api/v1/verify$).*)'] }
