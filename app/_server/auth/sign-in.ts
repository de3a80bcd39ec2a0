/** Signing in by mail: a link is asked for, and opened once by the browser that asked. */
import 'server-only'
import { webDeps } from '#app/_server/deps.ts'
import { describeCause } from '#lib/log.ts'
import { createMailBudget, createTryLimit, type MailBudget, type TryLimit } from './mail-budget.ts'
import { openSession } from './session.ts'
import { sessionAdapter } from './session-adapter.ts'
import { browserMark, newCode, tokenOf } from './sign-in-code.ts'
import { sendSignInMail } from './sign-in-mail.ts'

const LINK_MS = 15 * 60_000

/** Next keeps several copies of a module in one process; all of them count in the same budget. */
const shared = globalThis as typeof globalThis & { satstileSignIn?: { budget: MailBudget; tries: TryLimit } }

function limits(): { budget: MailBudget; tries: TryLimit } {
  shared.satstileSignIn ??= { budget: createMailBudget(), tries: createTryLimit() }
  return shared.satstileSignIn
}

interface LinkAsk {
  readonly address: string
  readonly browserSecret: string
  /** Who asks, for the limits; `null`: nobody knows. */
  readonly client: string | null
}

/**
 * Sends a mail with a link and a code, or merges it with the one that this browser had a moment ago: both are `sent`.
 * Throws `Fault('database.unavailable')`.
 */
export async function askForLink(ask: LinkAsk): Promise<'sent' | 'limited' | 'failed'> {
  const { clock, config, log } = webDeps()
  const { budget } = limits()
  const now = clock.now()
  const answer = budget.take(ask, now)
  if (answer !== 'send') return answer === 'merged' ? 'sent' : 'limited'
  const code = newCode()
  const link = new URL('/sign-in/link', config.APP_URL)
  link.search = new URLSearchParams({ address: ask.address, code, browser: browserMark(ask.browserSecret) }).toString()
  try {
    await sessionAdapter().createLink({
      identifier: ask.address,
      token: tokenOf(code, ask),
      expires: new Date(now.getTime() + LINK_MS),
    })
  } catch (cause) {
    budget.giveBack(ask)
    throw cause
  }
  try {
    await sendSignInMail(ask.address, { link: link.href, code })
    return 'sent'
  } catch (cause) {
    budget.giveBack(ask)
    log.warn('sign-in mail could not be sent', { cause: describeCause(cause) })
    return 'failed'
  }
}

interface CodeTry {
  readonly code: string
  readonly browserSecret: string
  /** Addresses that it may be for. */
  readonly addresses: readonly string[]
}

/**
 * Signs in whoever one of the addresses belongs to, when the code was sent there for this browser; it works once.
 * `wrong`: used, run out, or never sent. `closed`: ten codes of this browser were wrong. Throws `database.unavailable`.
 */
export async function signInByCode({ code, browserSecret, addresses }: CodeTry): Promise<'in' | 'wrong' | 'closed'> {
  const { tries } = limits()
  if (!tries.isOpen(browserSecret)) return 'closed'
  const adapter = sessionAdapter()
  const now = webDeps().clock.now()
  for (const address of addresses) {
    const link = await adapter.takeLink({
      identifier: address,
      token: tokenOf(code, { browserSecret, address }),
    })
    if (link === null || link.expires <= now) continue
    await openSession(await adapter.ensureUser({ email: address, emailVerified: now }))
    return 'in'
  }
  tries.count(browserSecret)
  return 'wrong'
}
