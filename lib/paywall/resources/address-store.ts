/** Every query on addresses that a resource had before. */
import type { Tx } from '#lib/db.ts'
import type { ResourceKey } from './resource.ts'
import { asRows } from './resource-key-store.ts'

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

export interface FormerSlug extends ResourceKey {
  readonly slug: string
}

/** Former addresses of these resources. */
export async function listMoved(tx: Tx, keys: readonly ResourceKey[]): Promise<FormerSlug[]> {
  return tx.$queryRaw<FormerSlug[]>`
    select creator_id as "creatorId", resource_id as "resourceId", slug
    from ${asRows(keys)} join resource_address using (creator_id, resource_id)`
}
