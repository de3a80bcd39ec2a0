/** Every query on addresses that a resource had before. */
import type { Tx } from '#lib/db.ts'
import type { ResourceKey } from './resource.ts'

/** Notes that `slug` was the address of a published resource; noting it again changes nothing. The caller holds the creator's row. */
export async function insertFormerSlug(tx: Tx, key: ResourceKey & { slug: string }): Promise<void> {
  await tx.$executeRaw`
    insert into resource_address (creator_id, slug, resource_id)
    values (${key.creatorId}, ${key.slug}, ${key.resourceId}) on conflict do nothing`
}

/** Former addresses of the creator's other resources: none of them is free. */
export async function listFormerSlugs(tx: Tx, key: ResourceKey): Promise<string[]> {
  const rows = await tx.resourceAddress.findMany({
    where: { creatorId: key.creatorId, resourceId: { not: key.resourceId } },
    select: { slug: true },
  })
  return rows.map((row) => row.slug)
}

/** All former addresses of a creator, each with the resource that it leads to. */
export async function listMoved(tx: Tx, creatorId: string): Promise<{ slug: string; resourceId: string }[]> {
  return tx.resourceAddress.findMany({ where: { creatorId }, select: { slug: true, resourceId: true } })
}
