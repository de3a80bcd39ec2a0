/** How every query names resources, one or many at once. */
import { type Sql, sql } from '#lib/db.ts'
import type { ResourceKey } from './resource.ts'

/** For `from`: the keys as the rows `wanted(creator_id, resource_id)`, in two parameters however many they are. */
export function asRows(keys: readonly ResourceKey[]): Sql {
  const creatorIds = keys.map(({ creatorId }) => creatorId)
  const resourceIds = keys.map(({ resourceId }) => resourceId)
  return sql`unnest(${creatorIds}::text[], ${resourceIds}::text[]) as wanted(creator_id, resource_id)`
}
