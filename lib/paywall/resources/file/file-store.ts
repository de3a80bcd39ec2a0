/** Every query on what only a file has: its versions, and which of them is on sale. */
import type { Db, Tx } from '#lib/db.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import type { Msat } from '#lib/money.ts'
import { WITH_OFFERS } from '#lib/paywall/offers/offer-store.ts'
import { type ResourceKey, resourceName } from '#lib/paywall/resources/resource.ts'
import { asRows } from '#lib/paywall/resources/resource-key-store.ts'
import { firstPrice } from '#lib/paywall/resources/resource-store.ts'
import type { FileStorage } from './file.ts'

/** Bytes with the name that clients keep them under. */
export interface FileContent {
  readonly name: string
  readonly mediaType: string
  readonly byteLength: number
  /** SHA-256 of the bytes, hex. */
  readonly digest: string
}

/** A file as a gate knows it, beside what every resource has. */
export interface CatalogFile extends FileContent {
  readonly version: number
}

interface FileVersion extends CatalogFile {
  readonly publishedAt: Date
}

/** A file as its creator sees it. */
export interface SoldFile {
  readonly id: string
  readonly slug: string
  readonly title: string
  readonly lead: string
  readonly language: string
  readonly publishedAt: Date | null
  readonly pausedAt: Date | null
  readonly amountMsat: Msat | null
  readonly current: CatalogFile
  /** The newest first. */
  readonly versions: readonly FileVersion[]
}

type FileRow = Omit<FileVersion, 'digest'> & ResourceKey & { readonly digest: Uint8Array }

/** What is on sale of these resources, by `resourceName`. */
export async function listCatalogFiles(
  tx: Tx,
  keys: readonly ResourceKey[],
): Promise<ReadonlyMap<string, CatalogFile>> {
  const rows = await tx.$queryRaw<Omit<FileRow, 'publishedAt'>[]>`
    select creator_id as "creatorId", resource_id as "resourceId", version, name, media_type as "mediaType",
      byte_length::float8 as "byteLength", digest
    from ${asRows(keys)} join file using (creator_id, resource_id)
    join file_version using (creator_id, resource_id, version)`
  return new Map(
    rows.map(({ creatorId, resourceId, digest, ...file }) => [
      resourceName({ creatorId, resourceId }),
      { ...file, digest: encodeHex(digest) },
    ]),
  )
}

const MAX_LISTED = 50

/** One file with its newest versions; null: this creator has none of this id. */
export async function findFile(db: Db, { creatorId, resourceId }: ResourceKey): Promise<SoldFile | null> {
  return db.asCreator(creatorId, async (tx) => {
    const row = await tx.resource.findUnique({
      where: { creatorId_id: { creatorId, id: resourceId } },
      include: WITH_OFFERS,
    })
    const current = (await listCatalogFiles(tx, [{ creatorId, resourceId }])).get(
      resourceName({ creatorId, resourceId }),
    )
    if (row === null || current === undefined) return null
    const rows = await tx.$queryRaw<FileRow[]>`
      select version, name, media_type as "mediaType", byte_length::float8 as "byteLength", digest,
        published_at as "publishedAt"
      from file_version where creator_id = ${creatorId} and resource_id = ${resourceId}
      order by version desc limit ${MAX_LISTED}`
    const { id, slug, title, lead, language, publishedAt, pausedAt } = row
    return {
      ...{ id, slug, title, lead, language, publishedAt, pausedAt, current },
      amountMsat: firstPrice(row),
      versions: rows.map(({ digest, ...version }) => ({ ...version, digest: encodeHex(digest) })),
    }
  })
}

/** Appends the next version and answers its number. The caller holds the creator's row. */
export async function appendFileVersion(tx: Tx, key: ResourceKey, content: FileContent): Promise<number> {
  const [row] = await tx.$queryRaw<{ version: number }[]>`
    insert into file_version (creator_id, resource_id, version, name, media_type, byte_length, digest)
    select ${key.creatorId}, ${key.resourceId}, coalesce(max(version), 0) + 1, ${content.name}, ${content.mediaType},
      ${BigInt(content.byteLength)}, decode(${content.digest}, 'hex')
    from file_version where creator_id = ${key.creatorId} and resource_id = ${key.resourceId}
    returning version`
  return row?.version ?? 0
}

/** Puts a version on sale in place of the one before. `false`: there is no such version. */
export async function writeCurrent(tx: Tx, key: ResourceKey & { version: number }): Promise<boolean> {
  const count = await tx.$executeRaw`
    insert into file (creator_id, resource_id, version)
    select creator_id, resource_id, version from file_version
    where creator_id = ${key.creatorId} and resource_id = ${key.resourceId} and version = ${key.version}
    on conflict (creator_id, resource_id) do update set version = excluded.version`
  return count === 1
}

/** The number of the version on sale; `null`: this creator has no such file. */
export async function readCurrentVersion(tx: Tx, { creatorId, resourceId }: ResourceKey): Promise<number | null> {
  const [row] = await tx.$queryRaw<{ version: number }[]>`
    select version from file where creator_id = ${creatorId} and resource_id = ${resourceId}`
  return row?.version ?? null
}

/** What a creator's files take, those on their way too; the same bytes count once. */
export async function sumFiles(tx: Tx, creatorId: string): Promise<FileStorage> {
  const [row] = await tx.$queryRaw<FileStorage[]>`
    select (select count(*)::int from file_version where creator_id = ${creatorId})
        + (select count(*)::int from upload where creator_id = ${creatorId}) as files,
      coalesce((select sum(byte_length) from (
        select distinct digest, byte_length from file_version where creator_id = ${creatorId}) as kept), 0)::float8
        + coalesce((select sum(byte_length) from upload where creator_id = ${creatorId}), 0)::float8 as bytes`
  return row ?? { files: 0, bytes: 0 }
}

/** Those of these digests (lower-case hex) that a version of a file names, whoever's it is. */
export async function listUsedFileDigests(tx: Tx, digests: readonly string[]): Promise<Set<string>> {
  const rows = await tx.$queryRaw<{ digest: string }[]>`
    select encode(named.digest, 'hex') as digest
    from (select decode(hex, 'hex') as digest from unnest(${[...digests]}::text[]) as wanted(hex)) as named
    where named.digest in (select digest from file_version) or named.digest in (select digest from upload)`
  return new Set(rows.map(({ digest }) => digest))
}

/** Zero: this creator has no such file. */
export async function countFileVersions(tx: Tx, { creatorId, resourceId }: ResourceKey): Promise<number> {
  return tx.fileVersion.count({ where: { creatorId, resourceId } })
}

/** All versions go; their bytes are nobody's then, and are collected. */
export async function deleteFileRows(tx: Tx, { creatorId, resourceId }: ResourceKey): Promise<void> {
  const where = { creatorId, resourceId }
  await tx.file.deleteMany({ where })
  await tx.fileVersion.deleteMany({ where })
}
