/** Every query on the pictures of an article. */
import type { Tx } from '#lib/db.ts'
import { decodeHex, encodeHex } from '#lib/l402/bytes.ts'
import type { ResourceKey } from '#lib/paywall/resources/resource.ts'
import { asRows } from '#lib/paywall/resources/resource-key-store.ts'

export interface StoredPicture {
  /** SHA-256 of the bytes, hex. */
  readonly digest: string
  readonly mediaType: string
  readonly byteLength: number
  /** In px; null for pictures of before they were measured. */
  readonly width: number | null
  readonly height: number | null
}

/** A picture with its smaller copies, the narrowest first. */
export interface ArticlePicture extends StoredPicture {
  readonly smaller: readonly StoredPicture[]
}

/** The pictures of an article in the order in which they came. */
export async function listPictures(tx: Tx, { creatorId, resourceId }: ResourceKey): Promise<ArticlePicture[]> {
  const rows = await tx.articlePicture.findMany({ where: { creatorId, resourceId }, orderBy: { createdAt: 'asc' } })
  const stored = rows.map(({ digest, mediaType, byteLength, width, height, ofDigest }) => ({
    ...{ digest: encodeHex(digest), mediaType, byteLength, width, height },
    ofDigest: ofDigest === null ? null : encodeHex(ofDigest),
  }))
  return stored
    .filter(({ ofDigest }) => ofDigest === null)
    .map(({ ofDigest, ...picture }) => ({
      ...picture,
      smaller: stored
        .filter((copy) => copy.ofDigest === picture.digest)
        .toSorted((a, b) => (a.width ?? 0) - (b.width ?? 0)),
    }))
}

/** Adds a picture, or a smaller copy of `ofDigest`; adding it again changes nothing, but a copy may become a picture itself. */
export async function insertPicture(
  tx: Tx,
  key: ResourceKey,
  picture: StoredPicture & { ofDigest: string | null },
): Promise<void> {
  const ofDigest = picture.ofDigest === null ? null : decodeHex(picture.ofDigest)
  await tx.$executeRaw`
    insert into article_picture (creator_id, resource_id, digest, media_type, byte_length, width, height, of_digest)
    values (${key.creatorId}, ${key.resourceId}, ${decodeHex(picture.digest)}, ${picture.mediaType},
      ${picture.byteLength}, ${picture.width}, ${picture.height}, ${ofDigest})
    on conflict (creator_id, resource_id, digest) do update
      set of_digest = case when excluded.of_digest is null then null else article_picture.of_digest end,
        width = excluded.width, height = excluded.height`
}

/** What a creator's pictures take: how many there are, and the bytes of all of them with their copies. */
export interface PictureStorage {
  readonly pictures: number
  readonly bytes: number
}

export async function sumPictures(tx: Tx, creatorId: string): Promise<PictureStorage> {
  const [row] = await tx.$queryRaw<PictureStorage[]>`
    select (count(*) filter (where of_digest is null))::int as pictures,
      coalesce(sum(byte_length), 0)::float8 as bytes
    from article_picture where creator_id = ${creatorId}`
  return row ?? { pictures: 0, bytes: 0 }
}

/** Notes which pictures, each with its copies, stand before the cut; all others of the article are paid bytes. */
export async function writePicturePlaces(tx: Tx, key: ResourceKey, digestsInPreview: readonly string[]): Promise<void> {
  await tx.$executeRaw`
    update article_picture
    set in_preview = (encode(coalesce(of_digest, digest), 'hex') = any(${[...digestsInPreview]}))
    where creator_id = ${key.creatorId} and resource_id = ${key.resourceId}`
}

/** A picture as a gate knows it. */
export interface CatalogPicture {
  readonly mediaType: string
  readonly byteLength: number
  /** Free to see; the others are paid bytes. */
  readonly inPreview: boolean
}

/** The pictures of these resources, digests in hex. */
export async function listCatalogPictures(
  tx: Tx,
  keys: readonly ResourceKey[],
): Promise<(ResourceKey & CatalogPicture & { digest: string })[]> {
  return tx.$queryRaw<(ResourceKey & CatalogPicture & { digest: string })[]>`
    select creator_id as "creatorId", resource_id as "resourceId", encode(digest, 'hex') as digest, media_type as "mediaType",
      byte_length as "byteLength", in_preview as "inPreview"
    from ${asRows(keys)} join article_picture using (creator_id, resource_id)`
}
