/** Takes a file away for good, if what is lost is what was confirmed. */
import type { Clock } from '#lib/clock.ts'
import type { Db, Tx } from '#lib/db.ts'
import { lockCreator } from '#lib/paywall/creators/creator-store.ts'
import { type BuyersLoss, readBuyersLoss, takeAway } from '#lib/paywall/resources/delete-resource.ts'
import type { ResourceKey } from '#lib/paywall/resources/resource.ts'
import { lockResource } from '#lib/paywall/resources/resource-store.ts'
import { countFileVersions, deleteFileRows } from './file-store.ts'

/** What is lost with a file; it is on sale from its first version on. */
export interface FileLoss extends BuyersLoss {
  readonly isPublished: true
  readonly fileVersions: number
}

/** What somebody was shown before they confirmed. Invoices come and go too quickly to be part of it. */
export type ConfirmedFileLoss = Pick<FileLoss, 'fileVersions' | 'buyers'>

export type DeletedFile =
  | { readonly kind: 'deleted'; readonly wasPublished: true }
  /** It was bought or replaced since: nothing was deleted. */
  | { readonly kind: 'changed'; readonly loss: FileLoss }
  | { readonly kind: 'unknown' }

/** What would be lost now; `null`: this creator has no such file. */
export async function readFileLoss(
  { db, clock }: { db: Db; clock: Clock },
  { creatorId, resourceId }: ResourceKey,
): Promise<FileLoss | null> {
  return db.asCreator(creatorId, (tx) => readLoss(tx, { creatorId, resourceId }, clock.now()))
}

/**
 * As `deleteArticle` (decisions/024): the row stays with its address, service and title, and so do its sales. All versions
 * go; their bytes are nobody's then, and are collected. Atomic against every verb of a file, which hold the creator's row too.
 */
export async function deleteFile(
  { db, clock }: { db: Db; clock: Clock },
  { creatorId, resourceId, confirmed }: ResourceKey & { confirmed: ConfirmedFileLoss },
): Promise<DeletedFile> {
  const key = { creatorId, resourceId }
  return db.asCreator(creatorId, async (tx) => {
    const loss = (await lockCreator(tx, creatorId)) ? await readLoss(tx, key, clock.now()) : null
    if (loss === null) return { kind: 'unknown' }
    if (loss.fileVersions !== confirmed.fileVersions || loss.buyers !== confirmed.buyers)
      return { kind: 'changed', loss }
    await takeAway(tx, key, { wasPublished: true, at: clock.now(), deleteRows: () => deleteFileRows(tx, key) })
    return { kind: 'deleted', wasPublished: true }
  })
}

async function readLoss(tx: Tx, key: ResourceKey, now: Date): Promise<FileLoss | null> {
  if (!(await lockResource(tx, key))) return null
  const fileVersions = await countFileVersions(tx, key)
  return fileVersions === 0 ? null : { isPublished: true, fileVersions, ...(await readBuyersLoss(tx, key, now)) }
}
