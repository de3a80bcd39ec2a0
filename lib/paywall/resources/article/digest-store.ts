/** Which blobs of the content folder a row names. */
import type { Tx } from '#lib/db.ts'

/** Those of these digests (lower-case hex) that an article, a picture of one or a creator's picture names, whoever's it is. */
export async function listUsedDigests(tx: Tx, digests: readonly string[]): Promise<Set<string>> {
  const asked = [...digests]
  const rows = await tx.$queryRaw<{ digest: string }[]>`
    select encode(named.digest, 'hex') as digest
    from (select decode(hex, 'hex') as digest from unnest(${asked}::text[]) as wanted(hex)) as named
    where named.digest in (select source_digest from article) or named.digest in (select preview_digest from article)
      or named.digest in (select body_digest from article) or named.digest in (select digest from article_picture)
      or named.digest in (select picture_digest from creator where picture_digest is not null)`
  return new Set(rows.map(({ digest }) => digest))
}
