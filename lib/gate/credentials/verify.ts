/** A credential against one creator's keys and deny list: verified once, remembered by its digest, doubted on every request. */

import { concatBytes } from '#lib/l402/bytes.ts'
import type { Identifier } from '#lib/l402/identifier.ts'
import { type Refused, refused } from '#lib/l402/refusal.ts'
import {
  type Credential,
  type FindRootKey,
  startWork,
  type TokenContext,
  type TokenVerdict,
  verifyToken,
  type Work,
} from '#lib/l402/token.ts'
import { deriveRootKey } from '#lib/paywall/keys/key-ring.ts'
import type { CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import type { KeyOwners } from './key-owners.ts'
import type { VerifiedCache } from './verified-cache.ts'

export interface VerifyDeps {
  readonly l402: TokenContext
  readonly cache: VerifiedCache
  readonly keyOwners: KeyOwners
}

/**
 * Steps 1 to 6 of protocol.md §6.1. The digest covers all bytes and the preimage, so a remembered one needs neither
 * decoding nor hashing again; key and deny list are asked every time, so what was withdrawn is refused at once.
 * `work` is shared by the credentials of one request.
 */
export function verifyCredential(
  deps: VerifyDeps,
  creator: CreatorSnapshot,
  credential: Credential,
  work: Work = startWork(),
): TokenVerdict {
  const digest = digestOf(deps.l402, credential)
  const token = digest === null ? null : deps.cache.find(digest)
  if (token !== null) {
    const key = findKey(deps, creator, token.identifier)
    if (key.kind === 'found') return { kind: 'verified', token }
    return { kind: 'refused', refusal: key.refusal, identifier: token.identifier, pending: null }
  }
  const findRootKey: FindRootKey = (identifier, identifierBytes) => {
    const found = findKey(deps, creator, identifier)
    if (found.kind === 'refused') return found
    const rootKey = deriveRootKey(deps.l402.hmac, found.key, identifierBytes)
    return { kind: 'found', rootKey, isDeclared: (service, unit) => isSoldBy(creator, service, unit) }
  }
  const verdict = verifyToken(deps.l402, credential, findRootKey, work)
  if (verdict.kind === 'verified' && verdict.token.cacheable && digest !== null) deps.cache.add(digest, verdict.token)
  return verdict
}

/** Whether something is sold by this unit, so that its answers are measured in it. */
function isSoldBy({ services }: CreatorSnapshot, service: string, unit: string): boolean {
  const offers = services.get(service)?.offers ?? []
  return offers.some(({ covers, amounts }) => covers.includes(service) && amounts?.volume?.unit === unit)
}

const WITH_PREIMAGE = new Uint8Array([1])
const WITHOUT_PREIMAGE = new Uint8Array([0])

/**
 * SHA-256 of macaroon, preimage and a mark that says whether there was one: without the mark the bytes of both in one
 * macaroon text would have the digest of the two apart, and be let in without being decoded. `null`: several macaroons,
 * which are never remembered.
 */
function digestOf({ sha256 }: TokenContext, { macaroons, preimage }: Credential): Uint8Array | null {
  const [macaroon, ...others] = macaroons
  if (macaroon === undefined || others.length > 0) return null
  return sha256(
    preimage === null ? concatBytes(macaroon, WITHOUT_PREIMAGE) : concatBytes(macaroon, preimage, WITH_PREIMAGE),
  )
}

/** Step 3: the key is this creator's, and neither it nor the token was withdrawn. */
function findKey(
  deps: VerifyDeps,
  { creatorId, ring, denied }: CreatorSnapshot,
  { keyId, tokenId }: Identifier,
): { readonly kind: 'found'; readonly key: Uint8Array } | Refused {
  const ringKey = ring.find(keyId)
  if (ringKey === null) {
    const owner = deps.keyOwners.find(keyId)
    return refused(owner === null || owner === creatorId ? 'key' : 'creator')
  }
  if (!denied.hasKey(keyId) && !denied.hasToken(tokenId)) return { kind: 'found', key: ringKey.key }
  deps.cache.remove(tokenId)
  return refused('revoked')
}
