/** Adds a picture to an article: written anew, its bytes on disk before the article knows of them. */
import type { BlobFolder } from '#lib/content/blob-folder.ts'
import type { EncodedPicture } from '#lib/content/encode-picture.ts'
import type { PictureEncoder } from '#lib/content/picture-encoder.ts'
import type { Db } from '#lib/db.ts'
import type { InvalidInput } from '#lib/errors.ts'
import { lockCreator } from '#lib/paywall/creators/creator-store.ts'
import type { ResourceKey } from '#lib/paywall/resources/resource.ts'
import { hasDraft } from './article-store.ts'
import { findOverrun, MAX_PICTURE_BYTES, PICTURE_QUOTA } from './picture.ts'
import { insertPicture, type PictureStorage, sumPictures } from './picture-store.ts'

export type AttachedPicture =
  /** `reference` is what stands in the Markdown: `![…](image:<digest>)`. */
  | { readonly kind: 'attached'; readonly digest: string; readonly reference: string }
  | { readonly kind: 'unknown' }
  | InvalidInput

export interface AttachDeps {
  readonly db: Db
  readonly blobs: Pick<BlobFolder, 'put'>
  readonly pictures: PictureEncoder
  /** In place of every creator's. */
  readonly quota?: PictureStorage
}

/** Readers see the picture after the next publishing; before the cut if it stands there, else only when they paid. */
export async function attachPicture(
  deps: AttachDeps,
  input: ResourceKey & { bytes: Uint8Array },
): Promise<AttachedPicture> {
  const { creatorId, resourceId, bytes } = input
  const key = { creatorId, resourceId }
  if (bytes.length > MAX_PICTURE_BYTES) return invalid(`A picture has at most ${MAX_PICTURE_BYTES / 1_000_000} MB.`)
  // Asked first: nothing is decoded or stored for an article that is not the creator's, or when nothing more fits.
  const used = await deps.db.asCreator(creatorId, async (tx) =>
    (await hasDraft(tx, key)) ? sumPictures(tx, creatorId) : null,
  )
  if (used === null) return { kind: 'unknown' }
  const quota = deps.quota ?? PICTURE_QUOTA
  const early = findOverrun(used, 0, quota)
  if (early !== null) return invalid(early)
  const outcome = await deps.pictures.encode(bytes)
  if (outcome.kind === 'refused') return invalid(outcome.message)
  const size = [outcome.full, ...outcome.smaller].reduce((sum, picture) => sum + picture.bytes.length, 0)
  const overrun = findOverrun(used, size, quota)
  if (overrun !== null) return invalid(overrun)
  const whole = await store(deps.blobs, outcome.full)
  const smaller = await Promise.all(outcome.smaller.map((picture) => store(deps.blobs, picture)))
  return deps.db.asCreator(creatorId, async (tx) => {
    // Held until the end, so that pictures that come together are counted one after the other.
    if (!(await lockCreator(tx, creatorId)) || !(await hasDraft(tx, key))) return { kind: 'unknown' }
    const late = findOverrun(await sumPictures(tx, creatorId), size, quota)
    if (late !== null) return invalid(late)
    await insertPicture(tx, key, { ...whole, ofDigest: null })
    for (const picture of smaller) await insertPicture(tx, key, { ...picture, ofDigest: whole.digest })
    return { kind: 'attached', digest: whole.digest, reference: `image:${whole.digest}` }
  })
}

async function store(blobs: AttachDeps['blobs'], { bytes, mediaType, width, height }: EncodedPicture) {
  return { digest: await blobs.put(bytes), mediaType, byteLength: bytes.length, width, height }
}

function invalid(message: string): InvalidInput {
  return { kind: 'invalid', fields: { picture: message } }
}
