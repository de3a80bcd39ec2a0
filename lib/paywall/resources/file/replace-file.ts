/** Sells other bytes under the same address and service: a new version, or one of before again. Who bought it gets them too. */
import type { Db, Tx } from '#lib/db.ts'
import type { InvalidInput } from '#lib/errors.ts'
import { lockCreator, raiseChangeNumber } from '#lib/paywall/creators/creator-store.ts'
import { appendEvents } from '#lib/paywall/outbox-store.ts'
import type { ResourceKey } from '#lib/paywall/resources/resource.ts'
import { touchUpdated } from '#lib/paywall/resources/resource-store.ts'
import { appendFileVersion, readCurrentVersion, writeCurrent } from './file-store.ts'
import { takeContent } from './publish-file.ts'

export type ReplacedFile =
  | { readonly kind: 'replaced'; readonly version: number }
  | { readonly kind: 'unknown' }
  | InvalidInput

/** `by`: what came by an upload, or the number of a version that is there. */
export async function replaceFile(
  deps: { db: Db },
  input: ResourceKey & { by: { readonly uploadId: string } | { readonly version: number } },
): Promise<ReplacedFile> {
  const { creatorId, resourceId, by } = input
  const key = { creatorId, resourceId }
  return deps.db.asCreator(creatorId, async (tx) => {
    if (!(await lockCreator(tx, creatorId)) || (await readCurrentVersion(tx, key)) === null) return { kind: 'unknown' }
    if ('version' in by) return putCurrent(tx, { ...key, version: by.version })
    const content = await takeContent(tx, { creatorId, uploadId: by.uploadId })
    if ('kind' in content) return content
    return putCurrent(tx, { ...key, version: await appendFileVersion(tx, key, content) })
  })
}

async function putCurrent(tx: Tx, key: ResourceKey & { version: number }): Promise<ReplacedFile> {
  if (!(await writeCurrent(tx, key))) return { kind: 'unknown' }
  const { creatorId, resourceId, version } = key
  const slug = await touchUpdated(tx, key)
  await raiseChangeNumber(tx, creatorId)
  await appendEvents(tx, [{ creatorId, type: 'resource.published', payload: { resourceId, slug } }])
  return { kind: 'replaced', version }
}
