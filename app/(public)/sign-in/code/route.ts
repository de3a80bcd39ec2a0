/** The code of a sign-in mail, typed in the browser that asked for it. */
import { signInByCode } from '#app/_server/auth/sign-in.ts'
import { parseCode } from '#app/_server/auth/sign-in-code.ts'
import { forgetSecret, readAskingBrowser } from '#app/_server/auth/sign-in-cookies.ts'
import { unlessSilent } from '#app/_server/http/reachable.ts'
import { readForm } from '#app/_server/http/read-form.ts'
import { seeOther } from '#app/_server/http/see-other.ts'

export async function POST(request: Request): Promise<Response> {
  const form = await readForm(request)
  if (form instanceof Response) return form
  const code = parseCode(form.get('code') ?? '')
  const { secret, asked } = await readAskingBrowser()
  if (secret === null) return seeOther('/sign-in?error=Verification')
  if (code === null) return seeOther('/sign-in/sent?error=Code')
  const outcome = await unlessSilent(
    () => signInByCode({ code, browserSecret: secret, addresses: asked }),
    'silent' as const,
  )
  if (outcome === 'closed') await forgetSecret()
  return seeOther(OUTCOMES[outcome])
}

const OUTCOMES = {
  in: '/overview',
  wrong: '/sign-in/sent?error=Code',
  closed: '/sign-in?error=Tries',
  silent: '/sign-in/sent?error=Silent',
} as const
