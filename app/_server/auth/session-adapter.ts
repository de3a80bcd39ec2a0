/** next-auth's rows of people, links and sessions, without a token that a copy of the database could be signed in with. */
import 'server-only'
import { PrismaAdapter } from '@next-auth/prisma-adapter'
import type { Adapter, AdapterSession, VerificationToken } from 'next-auth/adapters'
import { webDeps } from '#app/_server/deps.ts'
import { sha256 } from '#lib/crypto.ts'
import { encodeHex, encodeUtf8 } from '#lib/l402/bytes.ts'

type SessionAdapter = Required<Pick<Adapter, 'createSession' | 'getSessionAndUser' | 'updateSession' | 'deleteSession'>>

export interface SignInAdapter extends SessionAdapter {
  /** The person with this address, made now or found: two links opened at once are one account. Answers the id. */
  ensureUser(user: { email: string; emailVerified: Date }): Promise<string>
  createLink(link: VerificationToken): Promise<void>
  /** The link, which is gone from then on; `null`: there is none. Of several at once one gets it. */
  takeLink(link: Omit<VerificationToken, 'expires'>): Promise<VerificationToken | null>
}

/**
 * The adapter with which next-auth and our sign-in page read and write. Callers hand in tokens as browsers hold them;
 * the tables hold their SHA-256, which is enough: each token has 128 bits of chance or more.
 */
export function sessionAdapter(): SignInAdapter {
  const { client } = webDeps().db
  // The adapter's type names another generator's client; the calls it makes are the same.
  const rows = PrismaAdapter(client as unknown as Parameters<typeof PrismaAdapter>[0]) as Required<Adapter>
  return {
    ensureUser: async ({ email, emailVerified }) => {
      const create = { email, emailVerified }
      return (await client.user.upsert({ where: { email }, create, update: { emailVerified } })).id
    },
    createLink: async (link) => void (await rows.createVerificationToken({ ...link, token: digestOf(link.token) })),
    takeLink: async (link) => await rows.useVerificationToken({ ...link, token: digestOf(link.token) }),
    createSession: async (session) =>
      held(await rows.createSession(stored(session)), session.sessionToken) as AdapterSession,
    getSessionAndUser: async (token) => {
      const found = await rows.getSessionAndUser(digestOf(token))
      return found && { ...found, session: { ...found.session, sessionToken: token } }
    },
    updateSession: async (session) => held(await rows.updateSession(stored(session)), session.sessionToken),
    /** Ended already is ended. */
    deleteSession: async (token) => {
      await client.session.deleteMany({ where: { sessionToken: digestOf(token) } })
    },
  }
}

/** What is stored in place of a token: 64 hex digits. The migration `sign_in` did the same with the rows it found. */
function digestOf(token: string): string {
  return encodeHex(sha256(encodeUtf8(token)))
}

function stored<T extends { sessionToken: string }>(session: T): T {
  return { ...session, sessionToken: digestOf(session.sessionToken) }
}

function held(session: AdapterSession | null | undefined, sessionToken: string) {
  return session && { ...session, sessionToken }
}
