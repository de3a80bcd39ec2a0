/** A sign-in link: asked for by POST of the form, which needs no script, and opened by GET. */
import { parseAddress } from '#app/_server/auth/address.ts'
import { askForLink, signInByCode } from '#app/_server/auth/sign-in.ts'
import { browserMark, parseCode } from '#app/_server/auth/sign-in-code.ts'
import { keepAsked, keepSecret, keepTyped, readAskingBrowser } from '#app/_server/auth/sign-in-cookies.ts'
import { clientAddress } from '#app/_server/http/client-address.ts'
import { unlessSilent } from '#app/_server/http/reachable.ts'
import { readForm } from '#app/_server/http/read-form.ts'
import { seeOther } from '#app/_server/http/see-other.ts'

const OUTCOMES = {
  sent: '/sign-in/sent',
  limited: '/sign-in?error=Limited',
  failed: '/sign-in?error=Failed',
  silent: '/sign-in?error=Unsent',
} as const

export async function POST(request: Request): Promise<Response> {
  const form = await readForm(request)
  if (form instanceof Response) return form
  const typed = form.get('email') ?? ''
  await keepTyped(typed)
  const address = parseAddress(typed)
  if (address === null) return seeOther('/sign-in?error=Address')
  const ask = { address, browserSecret: await keepSecret(), client: clientAddress(request.headers) }
  const outcome = await unlessSilent(() => askForLink(ask), 'silent' as const)
  if (outcome === 'sent') await keepAsked(address)
  return seeOther(OUTCOMES[outcome])
}

/**
 * Another browser than the one that asked is told so, and uses nothing up: mail scanners open links too.
 * A link that cannot be looked up now still works afterwards.
 */
export async function GET(request: Request): Promise<Response> {
  const query = new URL(request.url).searchParams
  const { secret } = await readAskingBrowser()
  if (secret === null || query.get('browser') !== browserMark(secret)) return seeOther('/sign-in?error=OtherBrowser')
  const code = parseCode(query.get('code') ?? '')
  const address = parseAddress(query.get('address') ?? '')
  if (code === null || address === null) return seeOther('/sign-in?error=Verification')
  const outcome = await unlessSilent(
    () => signInByCode({ code, browserSecret: secret, addresses: [address] }),
    'silent' as const,
  )
  if (outcome === ('silent' as const)) return seeOther('/sign-in?error=Silent')
  return seeOther(outcome === 'in' ? '/overview' : '/sign-in?error=Verification')
}

/** Looking whether a link leads somewhere uses nothing up. */
export function HEAD(): Response {
  return new Response(null, { headers: { 'cache-control': 'no-store' } })
}
