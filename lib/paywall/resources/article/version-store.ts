/** Every query on what was put on sale: one version for each publishing, never changed. */
import type { Db, Tx } from '#lib/db.ts'
import type { ResourceKey } from '#lib/paywall/resources/resource.ts'

/** A draft as it was published. */
export interface ArticleVersion {
  readonly title: string
  readonly lead: string
  readonly language: string | null
  readonly markdown: string
  readonly cutBlock: number
}

/** Appends what is published at `revision`; publishing a revision again changes nothing. */
export async function appendVersion(
  tx: Tx,
  key: ResourceKey & { revision: number },
  version: ArticleVersion,
): Promise<void> {
  await tx.$executeRaw`
    insert into article_version (creator_id, resource_id, revision, title, lead, language, markdown, cut_block)
    values (${key.creatorId}, ${key.resourceId}, ${key.revision}, ${version.title}, ${version.lead},
      ${version.language}, ${version.markdown}, ${version.cutBlock})
    on conflict do nothing`
}

/** How many versions a creator keeps, each deleted article counted as one, and the bytes of their texts. */
export interface VersionStorage {
  readonly versions: number
  readonly bytes: number
}

export async function sumVersions(tx: Tx, creatorId: string): Promise<VersionStorage> {
  const [row] = await tx.$queryRaw<VersionStorage[]>`
    select (count(*) + (select count(*) from resource where creator_id = ${creatorId} and deleted_at is not null))::int as versions,
      coalesce(sum(octet_length(markdown)), 0)::float8 as bytes
    from article_version where creator_id = ${creatorId}`
  return row ?? { versions: 0, bytes: 0 }
}

/** What readers see; null: nothing was published. */
export async function readNewestVersion(
  tx: Tx,
  { creatorId, resourceId }: ResourceKey,
): Promise<ArticleVersion | null> {
  return tx.articleVersion.findFirst({
    where: { creatorId, resourceId },
    orderBy: { revision: 'desc' },
    select: { title: true, lead: true, language: true, markdown: true, cutBlock: true },
  })
}

export interface VersionSummary {
  readonly revision: number
  readonly title: string
  readonly publishedAt: Date
}

/** The newest versions of an article, the one that readers see first. */
export async function listVersions(db: Db, { creatorId, resourceId }: ResourceKey): Promise<VersionSummary[]> {
  return db.asCreator(creatorId, (tx) =>
    tx.articleVersion.findMany({
      where: { creatorId, resourceId },
      orderBy: { revision: 'desc' },
      take: MAX_LISTED,
      select: { revision: true, title: true, publishedAt: true },
    }),
  )
}

const MAX_LISTED = 50

/** One version whole; null: this creator has none of this revision. */
export async function findVersion(db: Db, key: ResourceKey & { revision: number }): Promise<ArticleVersion | null> {
  const { creatorId, resourceId, revision } = key
  return db.asCreator(creatorId, (tx) =>
    tx.articleVersion.findUnique({
      where: { creatorId_resourceId_revision: { creatorId, resourceId, revision } },
      select: { title: true, lead: true, language: true, markdown: true, cutBlock: true },
    }),
  )
}

/** Which of these published resources have a draft that says something else than what readers see. */
export async function listChanged(
  db: Db,
  { creatorId, resourceIds }: { creatorId: string; resourceIds: readonly string[] },
): Promise<Set<string>> {
  const rows = await db.asCreator(
    creatorId,
    (tx) => tx.$queryRaw<{ id: string; changed: boolean }[]>`
      select distinct on (version.resource_id) version.resource_id as id,
        (version.title, version.lead, version.language, version.markdown, version.cut_block)
          is distinct from (draft.title, draft.lead, draft.language, draft.markdown, draft.cut_block) as changed
      from article_version version join article_draft draft using (creator_id, resource_id)
      where creator_id = ${creatorId} and resource_id = any(${[...resourceIds]})
      order by version.resource_id, version.revision desc`,
  )
  return new Set(rows.flatMap(({ id, changed }) => (changed ? [id] : [])))
}
