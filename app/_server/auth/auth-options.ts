/** How creators sign in: next-auth with an e-mail link that works once, for 15 minutes; sessions are rows. */
import 'server-only'
import { PrismaAdapter } from '@next-auth/prisma-adapter'
import type { AuthOptions } from 'next-auth'
import EmailProvider from 'next-auth/providers/email'
import { webDeps } from '#app/_server/deps.ts'
import { describeCause } from '#lib/log.ts'
import { parseAddress } from './address.ts'
import { newBrowserSecret, newLinkToken } from './browser-proof.ts'
import { sendSignInLink } from './sign-in-mail.ts'

const LINK_SECONDS = 15 * 60
export const SESSION_SECONDS = 30 * 24 * 60 * 60

/** next-auth's rows. The adapter's type names another generator's client; the calls it makes are the same. */
export function authAdapter(): ReturnType<typeof PrismaAdapter> {
  return PrismaAdapter(webDeps().db.client as unknown as Parameters<typeof PrismaAdapter>[0])
}

/** Settings of next-auth; a link that is made with them works in the browser that holds `browserSecret` and in no other. */
export function authOptions(browserSecret: string = newBrowserSecret()): AuthOptions {
  const { config } = webDeps()
  return {
    adapter: authAdapter(),
    secret: config.NEXTAUTH_SECRET,
    session: { strategy: 'database', maxAge: SESSION_SECONDS },
    pages: { signIn: '/sign-in', verifyRequest: '/sign-in/sent', error: '/sign-in', signOut: '/sign-in' },
    useSecureCookies: config.NEXTAUTH_URL.startsWith('https:'),
    providers: [
      EmailProvider({
        maxAge: LINK_SECONDS,
        from: config.MAIL_FROM,
        normalizeIdentifier: normalise,
        generateVerificationToken: () => newLinkToken(browserSecret),
        sendVerificationRequest: ({ identifier, url }) => sendSignInLink(identifier, url),
      }),
    ],
    logger: { error: tellTrouble },
    callbacks: { session: ({ session, user }) => ({ ...session, userId: user.id }) },
  }
}

/** One line in our log in place of next-auth's own stack traces, of which a silent database would cause two per request. */
function tellTrouble(reason: string, metadata: Error | { readonly error: Error }): void {
  const cause = describeCause(metadata instanceof Error ? metadata : metadata.error)
  webDeps().log.warn('next-auth could not do its part', { reason, cause })
}

/** Name of the session cookie, as next-auth derives it from the address. */
export function sessionCookieName(): string {
  return webDeps().config.NEXTAUTH_URL.startsWith('https:')
    ? '__Secure-next-auth.session-token'
    : 'next-auth.session-token'
}

function normalise(text: string): string {
  const address = parseAddress(text)
  if (address === null) throw new TypeError('not an e-mail address')
  return address
}
