/**
 * next-auth's own routes. A link followed in another browser than the one that asked is turned away before next-auth
 * sees it, so it is not used up either.
 */

import { type NextRequest, NextResponse } from 'next/server'
import NextAuth from 'next-auth'
import { authOptions } from '#app/_server/auth/auth-options.ts'
import { isSameBrowser, proofCookieName } from '#app/_server/auth/browser-proof.ts'
import { webDeps } from '#app/_server/deps.ts'
import { whileReachable } from '#app/_server/http/reachable.ts'

type Context = { params: Promise<{ nextauth: string[] }> }

export async function GET(request: NextRequest, context: Context): Promise<Response> {
  const { config, db } = webDeps()
  const { NEXTAUTH_URL } = config
  const token = request.nextUrl.searchParams.get('token')
  const secret = request.cookies.get(proofCookieName(NEXTAUTH_URL))?.value ?? ''
  if (token !== null && !isSameBrowser(token, secret)) {
    return NextResponse.redirect(new URL('/sign-in?error=OtherBrowser', NEXTAUTH_URL))
  }
  // next-auth would say of any trouble that a new link is needed.
  if (token !== null && (await whileReachable(() => db.ping())).kind === 'silent') {
    return NextResponse.redirect(new URL('/sign-in?error=Silent', NEXTAUTH_URL))
  }
  return await NextAuth(request, context, authOptions())
}

/** Links are asked for by the action of /sign-in alone; everything else that next-auth would take by POST is off. */
export function POST(): Response {
  return new Response(null, { status: 405, headers: { allow: 'GET' } })
}
