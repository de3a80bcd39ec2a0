/** A new key with which requests to an upstream are signed; the one before it signs nothing from the next second on. */
import { randomBytes, sealSecret } from '#lib/crypto.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import { raiseChangeNumber } from '#lib/paywall/creators/creator-store.ts'
import type { ResourceKey } from '#lib/paywall/resources/resource.ts'
import { lockResource } from '#lib/paywall/resources/resource-store.ts'
import { hasUpstream, writeSigning } from './api-store.ts'
import type { SetApiDeps } from './set-api.ts'
import { SIGNING, sealContext } from './upstream.ts'

export type SigningRotated =
  /** 64 hex digits, told once. */
  { readonly kind: 'rotated'; readonly signingSecret: string } | { readonly kind: 'unknown' }

export async function rotateSigning(
  { db, sealKey }: SetApiDeps,
  { creatorId, resourceId }: ResourceKey,
): Promise<SigningRotated> {
  const key = { creatorId, resourceId }
  return db.asCreator(creatorId, async (tx) => {
    await raiseChangeNumber(tx, creatorId)
    if (!(await lockResource(tx, key)) || !(await hasUpstream(tx, key))) return { kind: 'unknown' }
    const signingKey = randomBytes(32)
    await writeSigning(tx, key, sealSecret(sealKey, signingKey, sealContext(key, SIGNING)))
    return { kind: 'rotated', signingSecret: encodeHex(signingKey) }
  })
}
