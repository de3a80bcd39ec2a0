/** Takes a page away for good, if what is lost is what was confirmed. */
import type { Clock } from '#lib/clock.ts'
import type { Db, Tx } from '#lib/db.ts'
import { lockCreator } from '#lib/paywall/creators/creator-store.ts'
import { type BuyersLoss, readBuyersLoss, takeAway } from '#lib/paywall/resources/delete-resource.ts'
import type { ResourceKey } from '#lib/paywall/resources/resource.ts'
import { lockResource } from '#lib/paywall/resources/resource-store.ts'
import { deletePageRow, readPageRevision } from './page-store.ts'

/** What is lost with a page; it is on sale from the beginning. */
export interface PageLoss extends BuyersLoss {
  readonly isPublished: true
  readonly pageRevision: number
}

/** What somebody was shown before they confirmed. Invoices come and go too quickly to be part of it. */
export type ConfirmedPageLoss = Pick<PageLoss, 'pageRevision' | 'buyers'>

export type DeletedPage =
  | { readonly kind: 'deleted'; readonly wasPublished: true }
  /** It was bought or changed since: nothing was deleted. */
  | { readonly kind: 'changed'; readonly loss: PageLoss }
  | { readonly kind: 'unknown' }

/** What would be lost now; `null`: this creator has no such page. */
export async function readPageLoss(
  { db, clock }: { db: Db; clock: Clock },
  { creatorId, resourceId }: ResourceKey,
): Promise<PageLoss | null> {
  return db.asCreator(creatorId, (tx) => readLoss(tx, { creatorId, resourceId }, clock.now()))
}

/**
 * As `deleteArticle` (decisions/024): the row stays with its address, service and title, and so do its sales. Its bytes are
 * nobody's then, and are collected. Atomic against every verb of a page, which hold the creator's row too.
 */
export async function deletePage(
  { db, clock }: { db: Db; clock: Clock },
  { creatorId, resourceId, confirmed }: ResourceKey & { confirmed: ConfirmedPageLoss },
): Promise<DeletedPage> {
  const key = { creatorId, resourceId }
  return db.asCreator(creatorId, async (tx) => {
    const loss = (await lockCreator(tx, creatorId)) ? await readLoss(tx, key, clock.now()) : null
    if (loss === null) return { kind: 'unknown' }
    if (loss.pageRevision !== confirmed.pageRevision || loss.buyers !== confirmed.buyers)
      return { kind: 'changed', loss }
    await takeAway(tx, key, { wasPublished: true, at: clock.now(), deleteRows: () => deletePageRow(tx, key) })
    return { kind: 'deleted', wasPublished: true }
  })
}

async function readLoss(tx: Tx, key: ResourceKey, now: Date): Promise<PageLoss | null> {
  if (!(await lockResource(tx, key))) return null
  const pageRevision = await readPageRevision(tx, key)
  return pageRevision === null ? null : { isPublished: true, pageRevision, ...(await readBuyersLoss(tx, key, now)) }
}
