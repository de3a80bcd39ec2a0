/** A creator changes what is said of them; readers see it within two seconds. */
import type { Db } from '#lib/db.ts'
import type { InvalidInput } from '#lib/errors.ts'
import { updateProfile } from './creator-store.ts'
import { type Profile, refuseProfile } from './profile.ts'

/** `invalid` has a sentence per field; `unknown`: there is no such creator. The last of several writes holds as a whole. */
export async function setProfile(
  { db }: { db: Db },
  { creatorId, ...profile }: Profile & { creatorId: string },
): Promise<{ readonly kind: 'set' } | { readonly kind: 'unknown' } | InvalidInput> {
  const trimmed = { ...profile, name: profile.name.trim(), byline: profile.byline.trim(), about: profile.about.trim() }
  const fields = refuseProfile(trimmed)
  if (Object.keys(fields).length > 0) return { kind: 'invalid', fields }
  const isSet = await db.asCreator(creatorId, (tx) => updateProfile(tx, creatorId, trimmed))
  return { kind: isSet ? 'set' : 'unknown' }
}
