/** A credential that verified once is not verified again: believed by the digest of its bytes, bounded and forgotten by token id. */

import { decodeLatin1 } from '#lib/l402/bytes.ts'
import type { TokenId } from '#lib/l402/identifier.ts'
import type { VerifiedToken } from '#lib/l402/token.ts'
import { admitsNewcomer } from '#lib/newcomers.ts'

export interface VerifiedCache {
  /** The token that these very bytes proved before; `null` when they did not. `digest`: see `digestCredential`. */
  find(digest: Uint8Array): VerifiedToken | null
  /** When full, most newcomers are not kept, and one that is takes the place of the oldest. */
  add(digest: Uint8Array, token: VerifiedToken): void
  /** Forgets everything about a token, for instance because it was revoked. */
  remove(tokenId: TokenId): void
}

/** An attenuated copy has the same id and other bytes; a fifth copy pushes out the oldest (protocol.md §2.3). */
const DIGESTS_PER_TOKEN = 4
/** About 1 KiB each: 50 MB when full. */
const MAX_TOKENS = 50_000

/**
 * An empty cache. A digest covers macaroon and preimage, so finding one proves both; the id is public and proves
 * nothing. Time, key, deny list, request and use count are not cached and must be judged on every hit.
 */
export function createVerifiedCache(options: { maxTokens?: number; random?: () => number } = {}): VerifiedCache {
  const { maxTokens = MAX_TOKENS, random = Math.random } = options
  const tokens = new Map<string, VerifiedToken>()
  const digestsById = new Map<string, readonly string[]>()
  const forget = (id: string) => {
    for (const digest of digestsById.get(id) ?? []) tokens.delete(digest)
    digestsById.delete(id)
  }
  /** `false`: there is none, and this newcomer gets none. */
  const makeRoom = (): boolean => {
    if (digestsById.size < maxTokens) return true
    if (!admitsNewcomer(random)) return false
    const oldest = digestsById.keys().next()
    if (!oldest.done) forget(oldest.value)
    return true
  }
  return {
    find: (digest) => tokens.get(decodeLatin1(digest)) ?? null,
    add(digest, token) {
      const key = decodeLatin1(digest)
      const id = decodeLatin1(token.identifier.tokenId)
      const known = digestsById.get(id) ?? []
      if (known.includes(key)) return
      if (known.length === 0 && !makeRoom()) return
      const [first, ...others] = known
      if (known.length === DIGESTS_PER_TOKEN && first !== undefined) tokens.delete(first)
      digestsById.set(id, [...(known.length === DIGESTS_PER_TOKEN ? others : known), key])
      tokens.set(key, token)
    },
    remove: (tokenId) => forget(decodeLatin1(tokenId)),
  }
}
