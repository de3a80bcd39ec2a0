/** Changes how a resource lets in who has paid; it holds for everybody who comes from now on, within two seconds. */
import type { Db } from '#lib/db.ts'
import type { InvalidInput } from '#lib/errors.ts'
import { raiseChangeNumber } from '#lib/paywall/creators/creator-store.ts'
import { type AccessInput, parseAccess } from './access.ts'
import { writeAccess } from './access-store.ts'
import type { ResourceKey } from './resource.ts'
import { lockResource } from './resource-store.ts'

/** `unknown`: this creator has no such resource. */
export async function setAccess(
  deps: { db: Db },
  { creatorId, resourceId, ...input }: ResourceKey & AccessInput,
): Promise<{ readonly kind: 'saved' | 'unknown' } | InvalidInput> {
  const access = parseAccess(input)
  if ('faults' in access) return { kind: 'invalid', fields: access.faults }
  return deps.db.asCreator(creatorId, async (tx) => {
    await raiseChangeNumber(tx, creatorId)
    if (!(await lockResource(tx, { creatorId, resourceId }))) return { kind: 'unknown' }
    await writeAccess(tx, { creatorId, resourceId }, access)
    return { kind: 'saved' }
  })
}
