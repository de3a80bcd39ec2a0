/** Keeps what was bought even where its store fails: after a payment nothing may be lost and nothing bought twice. */
import type { StoredToken, TokenStore } from './token-store.ts'

/** What the store threw instead of keeping a token. */
export interface Unkept {
  readonly cause: unknown
}

export interface Keeper {
  find(host: string): Promise<StoredToken | null>
  /** Throws what the store throws when it could not keep a token now. */
  prepare(): Promise<void>
  /** Never throws. A token that the store did not take is found here as long as the process lives. */
  keep(token: StoredToken): Promise<Unkept | null>
}

export function createKeeper(store: TokenStore): Keeper {
  // By host: a later purchase extends the token of an earlier one, so the latest is enough.
  const spare = new Map<string, StoredToken>()
  return {
    find: async (host) => spare.get(host) ?? store.find(host),
    prepare: async () => store.prepare?.(),
    async keep(token) {
      try {
        await store.save(token)
        spare.delete(token.host)
        return null
      } catch (cause) {
        spare.set(token.host, token)
        return { cause }
      }
    },
  }
}
