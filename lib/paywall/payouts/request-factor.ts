/** The dashboard asks that an authenticator be taken over: it seals the secret and can never read it again. */
import { base32 } from '@scure/base'
import { randomBytes, sealSecret, sha256 } from '#lib/crypto.ts'
import type { Db } from '#lib/db.ts'
import { newId } from '#lib/ids.ts'
import { insertFactor } from './factor-store.ts'
import { factorContext, type Proof, secretContext, writeProof } from './proof.ts'

const RECOVERY_CODES = 8
/** Eighty bits: nobody tries them all, and 16 letters can be typed. */
const RECOVERY_BYTES = 10

/** Answers the recovery codes, which stand nowhere else from then on. Whether the code fitted, the payouts say. */
export async function requestFactor(
  deps: { readonly db: Db; readonly sealKey: Uint8Array },
  { creatorId, userId, secret, proof }: { creatorId: string; userId: string; secret: Uint8Array; proof: Proof },
): Promise<{ readonly id: string; readonly recoveryCodes: readonly string[] }> {
  const id = newId('fac')
  const codes = Array.from({ length: RECOVERY_CODES }, () => base32.encode(randomBytes(RECOVERY_BYTES)).toLowerCase())
  const row = {
    ...{ creatorId, id, userId },
    secretSealed: sealSecret(deps.sealKey, secret, secretContext({ creatorId, id })),
    proofSealed: sealSecret(deps.sealKey, writeProof(proof), factorContext({ creatorId, id })),
    recoveryDigests: codes.map((code) => sha256(new TextEncoder().encode(code))),
  }
  await deps.db.asCreator(creatorId, (tx) => insertFactor(tx, row))
  return { id, recoveryCodes: codes.map((code) => (code.match(/.{4}/g) ?? []).join('-')) }
}
