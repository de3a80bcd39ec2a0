/** Changes what a file says of itself; its bytes, its address and its price stay. */
import type { Db } from '#lib/db.ts'
import type { InvalidInput } from '#lib/errors.ts'
import { lockCreator, raiseChangeNumber } from '#lib/paywall/creators/creator-store.ts'
import type { ResourceKey } from '#lib/paywall/resources/resource.ts'
import { writeListing } from '#lib/paywall/resources/resource-store.ts'
import { refuseListing } from './file.ts'
import { readCurrentVersion } from './file-store.ts'

/** Answers sentences by field (title, lead). */
export async function describeFile(
  deps: { db: Db },
  { title, lead, ...key }: ResourceKey & { title: string; lead: string },
): Promise<{ readonly kind: 'described' | 'unknown' } | InvalidInput> {
  const fields = refuseListing({ title, lead })
  if (Object.keys(fields).length > 0) return { kind: 'invalid', fields }
  return deps.db.asCreator(key.creatorId, async (tx) => {
    if (!(await lockCreator(tx, key.creatorId)) || (await readCurrentVersion(tx, key)) === null) {
      return { kind: 'unknown' }
    }
    await raiseChangeNumber(tx, key.creatorId)
    await writeListing(tx, key, { title: title.trim(), lead: lead.trim() })
    return { kind: 'described' }
  })
}
