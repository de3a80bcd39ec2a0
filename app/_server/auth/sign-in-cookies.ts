/** What a browser keeps between asking for a link and opening it: its secret, what was typed, which addresses it asked for. */
import 'server-only'
import { cookies } from 'next/headers'
import { parseAddress } from './address.ts'
import { isHttps } from './session.ts'
import { isBrowserSecret, newBrowserSecret } from './sign-in-code.ts'

const SECONDS = 15 * 60
const MAX_ASKED = 4
const MAX_TYPED = 400

interface AskingBrowser {
  /** `null`: this browser asked for no link in the last 15 minutes. */
  readonly secret: string | null
  /** What stood in the e-mail field last. */
  readonly typed: string
  /** Addresses that it asked for, the newest first. */
  readonly asked: readonly string[]
}

export async function readAskingBrowser(): Promise<AskingBrowser> {
  const jar = await cookies()
  const secret = jar.get(nameOf('secret'))?.value ?? ''
  const asked = (jar.get(nameOf('asked'))?.value ?? '').split(' ').filter((text) => parseAddress(text) === text)
  return {
    secret: isBrowserSecret(secret) ? secret : null,
    typed: (jar.get(nameOf('typed'))?.value ?? '').slice(0, MAX_TYPED),
    asked: asked.slice(0, MAX_ASKED),
  }
}

/** Keeps what was typed for the field, also when it is no address. For routes only, as everything that sets cookies. */
export async function keepTyped(text: string): Promise<void> {
  await keep('typed', text.slice(0, MAX_TYPED))
}

/** The browser's secret, from now on for another 15 minutes: every link it asked for meanwhile belongs to the same one. */
export async function keepSecret(): Promise<string> {
  const secret = (await readAskingBrowser()).secret ?? newBrowserSecret()
  await keep('secret', secret)
  return secret
}

export async function keepAsked(address: string): Promise<void> {
  const { asked } = await readAskingBrowser()
  await keep('asked', [address, ...asked.filter((other) => other !== address)].slice(0, MAX_ASKED).join(' '))
}

/** After ten codes that did not fit: the next request begins with a new secret. */
export async function forgetSecret(): Promise<void> {
  ;(await cookies()).delete({ name: nameOf('secret'), path: '/', secure: isHttps() })
}

async function keep(what: 'secret' | 'typed' | 'asked', value: string): Promise<void> {
  const flags = { httpOnly: true, sameSite: 'lax', path: '/', secure: isHttps(), maxAge: SECONDS } as const
  ;(await cookies()).set(nameOf(what), value, flags)
}

function nameOf(what: 'secret' | 'typed' | 'asked'): string {
  return `${isHttps() ? '__Host-' : ''}satstile.sign-in-${what}`
}
