/** All bytes of an upload came: they go into the content folder, and their checksum is known. */
import { stat } from 'node:fs/promises'
import type { BlobFolder } from '#lib/content/blob-folder.ts'
import { detectMediaType } from '#lib/content/detect-media-type.ts'
import type { Db } from '#lib/db.ts'
import type { InvalidInput } from '#lib/errors.ts'
import { findUpload, type UploadKey, writeStored } from './upload-store.ts'

export type FinishedUpload =
  | { readonly kind: 'stored'; readonly digest: string; readonly mediaType: string }
  | { readonly kind: 'unknown' }
  | InvalidInput

/** `path` is taken away from where it is. `claimed`: the type that its sender names. Done again it changes nothing. */
export async function finishUpload(
  deps: { db: Db; blobs: Pick<BlobFolder, 'putFile'> },
  { path, claimed, ...key }: UploadKey & { path: string; claimed: string },
): Promise<FinishedUpload> {
  const upload = await deps.db.asCreator(key.creatorId, (tx) => findUpload(tx, key))
  if (upload === null) return { kind: 'unknown' }
  if (upload.stored !== null) return { kind: 'stored', ...upload.stored }
  const { size } = await stat(path)
  if (size !== upload.byteLength) {
    const fields = { file: `${size} bytes came of ${upload.byteLength}. Choose the file again.` }
    return { kind: 'invalid', fields }
  }
  const mediaType = await detectMediaType(path, claimed)
  // Bytes before rows: what a row names is there.
  const digest = await deps.blobs.putFile(path)
  await deps.db.asCreator(key.creatorId, (tx) => writeStored(tx, { ...key, digest, mediaType }))
  return { kind: 'stored', digest, mediaType }
}
