/** Adds a picture to an article; its bytes are on disk before the article knows of them. */
import type { BlobFolder } from '#lib/content/blob-folder.ts'
import type { Db } from '#lib/db.ts'
import type { InvalidInput } from '#lib/errors.ts'
import type { ResourceKey } from '#lib/paywall/resources/resource.ts'
import { insertPicture, readArticle } from './article-store.ts'
import { MAX_PICTURE_BYTES, pictureTypeOf } from './picture.ts'

export type AttachedPicture =
  /** `reference` is what stands in the Markdown: `![…](image:<digest>)`. */
  | { readonly kind: 'attached'; readonly digest: string; readonly reference: string }
  | { readonly kind: 'unknown' }
  | InvalidInput

/** Readers see the picture after the next publishing; before the cut if it stands there, else only when they paid. */
export async function attachPicture(
  deps: { db: Db; blobs: Pick<BlobFolder, 'put'> },
  input: ResourceKey & { bytes: Uint8Array },
): Promise<AttachedPicture> {
  const { creatorId, resourceId, bytes } = input
  const mediaType = pictureTypeOf(bytes)
  if (bytes.length > MAX_PICTURE_BYTES) return invalid(`A picture has at most ${MAX_PICTURE_BYTES / 1_000_000} MB.`)
  if (mediaType === null) return invalid('Use a PNG, JPEG, GIF or WebP picture.')
  const digest = await deps.blobs.put(bytes)
  return deps.db.asCreator(creatorId, async (tx) => {
    if ((await readArticle(tx, { creatorId, resourceId })) === null) return { kind: 'unknown' }
    await insertPicture(tx, { creatorId, resourceId }, { digest, mediaType, byteLength: bytes.length })
    return { kind: 'attached', digest, reference: `image:${digest}` }
  })
}

function invalid(message: string): InvalidInput {
  return { kind: 'invalid', fields: { picture: message } }
}
