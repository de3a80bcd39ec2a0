/** Every query on uploads: what is on its way, and what came and is not on sale yet. */
import type { Tx } from '#lib/db.ts'
import { encodeHex } from '#lib/l402/bytes.ts'

export interface UploadKey {
  readonly creatorId: string
  readonly uploadId: string
}

export interface Upload {
  readonly name: string
  readonly byteLength: number
  /** `null` until all bytes are in the content folder. */
  readonly stored: { readonly digest: string; readonly mediaType: string } | null
}

interface UploadRow {
  readonly name: string
  readonly byteLength: number
  readonly mediaType: string | null
  readonly digest: Uint8Array | null
}

export async function insertUpload(tx: Tx, upload: UploadKey & { name: string; byteLength: number }): Promise<void> {
  await tx.$executeRaw`
    insert into upload (creator_id, id, name, byte_length)
    values (${upload.creatorId}, ${upload.uploadId}, ${upload.name}, ${BigInt(upload.byteLength)})`
}

/** `null`: this creator has none of this id. */
export async function findUpload(tx: Tx, { creatorId, uploadId }: UploadKey): Promise<Upload | null> {
  const [row] = await tx.$queryRaw<UploadRow[]>`
    select name, byte_length::float8 as "byteLength", media_type as "mediaType", digest
    from upload where creator_id = ${creatorId} and id = ${uploadId}`
  return row === undefined ? null : toUpload(row)
}

/** Notes that all bytes are there; done again it changes nothing. */
export async function writeStored(
  tx: Tx,
  { creatorId, uploadId, digest, mediaType }: UploadKey & { digest: string; mediaType: string },
): Promise<void> {
  await tx.$executeRaw`
    update upload set digest = decode(${digest}, 'hex'), media_type = ${mediaType}
    where creator_id = ${creatorId} and id = ${uploadId}`
}

/** Takes an upload away, for good. `null`: there is no whole one of this id. Atomic against everybody else who takes it. */
export async function takeUpload(tx: Tx, { creatorId, uploadId }: UploadKey): Promise<Upload | null> {
  const [row] = await tx.$queryRaw<UploadRow[]>`
    delete from upload where creator_id = ${creatorId} and id = ${uploadId} and digest is not null
    returning name, byte_length::float8 as "byteLength", media_type as "mediaType", digest`
  return row === undefined ? null : toUpload(row)
}

/** Gives an upload up. */
export async function deleteUpload(tx: Tx, { creatorId, uploadId }: UploadKey): Promise<void> {
  await tx.$executeRaw`delete from upload where creator_id = ${creatorId} and id = ${uploadId}`
}

/** Deletes what was begun before `before` and never put on sale, at most `limit` rows; answers how many. */
export async function deleteUploads(tx: Tx, { before, limit }: { before: Date; limit: number }): Promise<number> {
  return tx.$executeRaw`
    delete from upload where (creator_id, id) in (
      select creator_id, id from upload where created_at < ${before} order by created_at limit ${limit})`
}

function toUpload({ name, byteLength, mediaType, digest }: UploadRow): Upload {
  const stored = digest === null || mediaType === null ? null : { digest: encodeHex(digest), mediaType }
  return { name, byteLength, stored }
}
