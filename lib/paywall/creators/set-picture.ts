/** A creator's picture: written anew as a small square, its bytes on disk before anybody is told of them. */
import type { BlobFolder } from '#lib/content/blob-folder.ts'
import type { PictureEncoder } from '#lib/content/picture-encoder.ts'
import type { Db } from '#lib/db.ts'
import type { InvalidInput } from '#lib/errors.ts'
import { updatePicture } from './creator-store.ts'

/** Largest file that is read as a picture of a person, in bytes; what readers are sent is a hundredth of it. */
export const MAX_PORTRAIT_BYTES = 10_000_000

export type PictureSet = { readonly kind: 'set'; readonly digest: string } | { readonly kind: 'unknown' } | InvalidInput

/** Readers see it within two seconds. The one before is named by nobody then, and is collected. */
export async function setPicture(
  deps: { readonly db: Db; readonly blobs: Pick<BlobFolder, 'put'>; readonly pictures: PictureEncoder },
  { creatorId, bytes }: { creatorId: string; bytes: Uint8Array },
): Promise<PictureSet> {
  if (bytes.length > MAX_PORTRAIT_BYTES) return invalid(`A picture has at most ${MAX_PORTRAIT_BYTES / 1_000_000} MB.`)
  const outcome = await deps.pictures.encode(bytes, 'portrait')
  if (outcome.kind === 'refused') return invalid(outcome.message)
  const digest = await deps.blobs.put(outcome.full.bytes)
  const isSet = await deps.db.asCreator(creatorId, (tx) => updatePicture(tx, creatorId, digest))
  return isSet ? { kind: 'set', digest } : { kind: 'unknown' }
}

/** There is none from now on; done again it changes nothing that anybody sees. */
export async function removePicture({ db }: { db: Db }, creatorId: string): Promise<void> {
  await db.asCreator(creatorId, (tx) => updatePicture(tx, creatorId, null))
}

function invalid(message: string): InvalidInput {
  return { kind: 'invalid', fields: { picture: message } }
}
