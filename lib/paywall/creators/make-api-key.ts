/** A creator makes a secret key, puts another in its place, or ends it; the secret is told once and kept by nobody. */
import type { Clock } from '#lib/clock.ts'
import { randomBytes, sha256 } from '#lib/crypto.ts'
import type { Db, Tx } from '#lib/db.ts'
import type { InvalidInput } from '#lib/errors.ts'
import { newId } from '#lib/ids.ts'
import { encodeUtf8 } from '#lib/l402/bytes.ts'
import { formatApiKey, MAX_LIVE_KEYS, ROLLED_MS, refuseKeyName } from './api-key.ts'
import { endApiKey, insertApiKey } from './api-key-store.ts'

/** `key`: the whole of it, for its owner, now or never. */
export type MadeKey = { readonly kind: 'made'; readonly id: string; readonly name: string; readonly key: string }

/** `full`: so many live that one must be ended first. */
export async function makeApiKey(
  { db }: { db: Db },
  { creatorId, name }: { creatorId: string; name: string },
): Promise<MadeKey | { readonly kind: 'full' } | InvalidInput> {
  const fault = refuseKeyName(name)
  if (fault !== null) return { kind: 'invalid', fields: { name: fault } }
  return await db.asCreator(creatorId, (tx) => insertNew(tx, { creatorId, name: name.trim(), most: MAX_LIVE_KEYS }))
}

/** A new secret under the same name; the one before works for a day more. `unknown`: there is none that lives so long. */
export async function rollApiKey(
  { db, clock }: { db: Db; clock: Clock },
  { creatorId, id }: { creatorId: string; id: string },
): Promise<MadeKey | { readonly kind: 'full' | 'unknown' }> {
  const endsAt = new Date(clock.now().getTime() + ROLLED_MS)
  return await db.asCreator(creatorId, async (tx) => {
    const name = await endApiKey(tx, { creatorId, id, endsAt })
    return name === null ? { kind: 'unknown' } : insertNew(tx, { creatorId, name, most: MAX_LIVE_KEYS })
  })
}

/** Ends it now: whoever shows it is refused within a second. `false`: it had ended. */
export async function revokeApiKey(
  { db, clock }: { db: Db; clock: Clock },
  { creatorId, id }: { creatorId: string; id: string },
): Promise<boolean> {
  const ended = await db.asCreator(creatorId, (tx) => endApiKey(tx, { creatorId, id, endsAt: clock.now() }))
  return ended !== null
}

async function insertNew(
  tx: Tx,
  { creatorId, name, most }: { creatorId: string; name: string; most: number },
): Promise<MadeKey | { readonly kind: 'full' }> {
  const id = newId('key')
  // Of letters that every terminal selects as one word.
  const publicId = Array.from(randomBytes(12), (byte) => (byte % 32).toString(32)).join('')
  const secret = Buffer.from(randomBytes(32)).toString('base64url')
  const secretHash = sha256(encodeUtf8(secret))
  const isInserted = await insertApiKey(tx, { creatorId, id, name, publicId, secretHash, most })
  return isInserted ? { kind: 'made', id, name, key: formatApiKey({ publicId, secret }) } : { kind: 'full' }
}
