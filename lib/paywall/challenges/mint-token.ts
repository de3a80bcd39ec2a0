/** The token of a challenge is the same bytes whenever it is minted: ring key, identifier and caveats make it, nothing else. */
import { encodeIdentifier, KEY_ID_BYTES } from '#lib/l402/identifier.ts'
import { mintToken as mintBytes, type TokenContext } from '#lib/l402/token.ts'
import { deriveRootKey } from '#lib/paywall/keys/key-ring.ts'
import type { RingKeys } from '#lib/paywall/keys/ring-cache.ts'

/** Facts of a challenge or a settlement that stand in its token. */
export interface MintedFacts {
  readonly paymentHash: Uint8Array
  readonly tokenId: Uint8Array
  readonly caveats: readonly string[]
}

/** Canonical bytes of the macaroon; `null`: its ring key is retired or unknown, so no gate would accept it. */
export function mintToken(l402: TokenContext, ring: Pick<RingKeys, 'find'>, facts: MintedFacts): Uint8Array | null {
  const ringKey = ring.find(facts.tokenId.subarray(0, KEY_ID_BYTES))
  if (ringKey === null) return null
  const rootKey = deriveRootKey(l402.hmac, ringKey.key, encodeIdentifier(facts))
  return mintBytes(l402, { rootKey, ...facts })
}
