/** A credential for a test, by somebody who owns what it opens: good for a minute at most, paid by nobody, known to no book. */
import { randomBytes } from '#lib/crypto.ts'
import type { Db } from '#lib/db.ts'
import { assertInvariant } from '#lib/errors.ts'
import { formatCredential } from '#lib/l402/credential-text.ts'
import { extendCaveats } from '#lib/l402/extend.ts'
import { composeTokenId, KEY_ID_BYTES, TOKEN_ID_BYTES } from '#lib/l402/identifier.ts'
import type { TokenContext } from '#lib/l402/token.ts'
import { mintToken } from '#lib/paywall/challenges/mint-token.ts'
import { ensureActiveKey } from '#lib/paywall/keys/ensure-active-key.ts'
import type { RingCache } from '#lib/paywall/keys/ring-cache.ts'
import { boughtServices, type Offer } from '#lib/paywall/offers/offer.ts'
import type { CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'

interface MintTestDeps {
  readonly db: Db
  readonly l402: TokenContext
  readonly ring: RingCache
}

/** How long one is good that is good at all. */
export const TEST_SECONDS = 60

/**
 * The text behind `Authorization:` for what `offer` covers, ending at `endsAt`, which is at most a minute from `now`. It has
 * no counters and no pace, so presenting it writes nothing. Whoever asks for it keeps it inside their process: nothing
 * that is shown or kept may hold it. There is a preimage because we choose it; no invoice was ever made for its hash.
 */
export async function mintTestCredential(
  deps: MintTestDeps,
  {
    creator,
    offer,
    now,
    endsAt,
  }: { creator: Pick<CreatorSnapshot, 'creatorId' | 'ring'>; offer: Offer; now: Date; endsAt: Date },
): Promise<string> {
  if (endsAt.getTime() > now.getTime() + TEST_SECONDS * 1000) throw new RangeError('a test lasts a minute at most')
  const ringKey = creator.ring.active ?? (await ensureActiveKey(deps, creator.creatorId))
  const preimage = randomBytes(32)
  const [bought, ...also] = boughtServices({ ...offer, uses: null, rate: null }, endsAt)
  assertInvariant(bought !== undefined, 'an offer covers a service')
  const macaroon = mintToken(
    deps.l402,
    { find: () => ({ ...ringKey, state: 'active' }) },
    {
      paymentHash: deps.l402.sha256(preimage),
      tokenId: composeTokenId(ringKey.keyId, randomBytes(TOKEN_ID_BYTES - KEY_ID_BYTES)),
      caveats: extendCaveats(bought, also).caveats,
    },
  )
  assertInvariant(macaroon !== null, 'the active key mints')
  return `L402 ${formatCredential(macaroon, preimage)}`
}
