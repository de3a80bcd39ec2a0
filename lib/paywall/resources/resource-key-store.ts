/** How every query names resources, one or many at once. */
import { type Sql, sql } from '#lib/db.ts'

export interface ResourceKey {
  readonly creatorId: string
  readonly resourceId: string
}

/** One text for a map: an id alone is only told apart inside one creator. */
export function resourceName({ creatorId, resourceId }: ResourceKey): string {
  return `${creatorId}/${resourceId}`
}

/** For `from`: the keys as the rows `wanted(creator_id, resource_id)`, in two parameters however many they are. */
export function asRows(keys: readonly ResourceKey[]): Sql {
  const creatorIds = keys.map(({ creatorId }) => creatorId)
  const resourceIds = keys.map(({ resourceId }) => resourceId)
  return sql`unnest(${creatorIds}::text[], ${resourceIds}::text[]) as wanted(creator_id, resource_id)`
}
