/** Takes an article away for good, or throws a draft away, if what is lost is what was confirmed. */
import type { Clock } from '#lib/clock.ts'
import type { Db, Tx } from '#lib/db.ts'
import { countOpenInvoices } from '#lib/paywall/challenges/challenge-store.ts'
import { lockCreator, raiseChangeNumber } from '#lib/paywall/creators/creator-store.ts'
import { appendEvents } from '#lib/paywall/outbox-store.ts'
import type { ResourceKey } from '#lib/paywall/resources/resource.ts'
import { deleteUnpublished, writeDeleted } from '#lib/paywall/resources/resource-store.ts'
import { listEarnings } from '#lib/paywall/settlements/sale-store.ts'
import { type ArticleSize, deleteArticleRows, readArticle, readArticleSize } from './article-store.ts'

/** What is lost with an article. */
export interface ArticleLoss extends ArticleSize {
  /** Who bought it, and cannot read it any more. */
  readonly buyers: number
  /** Can still be paid when nothing stands behind them any more. */
  readonly openInvoices: number
}

/** What somebody was shown before they confirmed. Invoices come and go too quickly to be part of it. */
export type ConfirmedLoss = Pick<ArticleLoss, 'isPublished' | 'revision' | 'buyers'>

export type DeletedArticle =
  /** `published`: it was on sale, and its address says that it is gone. */
  | { readonly kind: 'deleted'; readonly wasPublished: boolean }
  /** It was bought, saved or published since: nothing was deleted. */
  | { readonly kind: 'changed'; readonly loss: ArticleLoss }
  | { readonly kind: 'unknown' }

/** What would be lost now; `null`: this creator has no such article. */
export async function readArticleLoss(
  { db, clock }: { db: Db; clock: Clock },
  { creatorId, resourceId }: ResourceKey,
): Promise<ArticleLoss | null> {
  return db.asCreator(creatorId, (tx) => readLoss(tx, { creatorId, resourceId }, clock.now()))
}

/**
 * A draft leaves nothing. Of an article that was on sale the row stays: its addresses and its service are given to nobody,
 * sales keep its title, and gateways tell within two seconds that it is gone (decisions/024). The books are not touched.
 * Atomic against saving, publishing, pricing and adding pictures, which hold the creator's row too.
 */
export async function deleteArticle(
  { db, clock }: { db: Db; clock: Clock },
  { creatorId, resourceId, confirmed }: ResourceKey & { confirmed: ConfirmedLoss },
): Promise<DeletedArticle> {
  const key = { creatorId, resourceId }
  return db.asCreator(creatorId, async (tx) => {
    const loss = (await lockCreator(tx, creatorId)) ? await readLoss(tx, key, clock.now()) : null
    if (loss === null) return { kind: 'unknown' }
    const { isPublished, revision, buyers } = confirmed
    if (loss.isPublished !== isPublished || loss.revision !== revision || loss.buyers !== buyers)
      return { kind: 'changed', loss }
    await takeAway(tx, key, { wasPublished: isPublished, at: clock.now() })
    return { kind: 'deleted', wasPublished: isPublished }
  })
}

async function readLoss(tx: Tx, key: ResourceKey, now: Date): Promise<ArticleLoss | null> {
  const { creatorId, resourceId } = key
  const size = await readArticleSize(tx, key)
  if (size === null) return null
  const [earned] = await listEarnings(tx, { creatorId, resourceIds: [resourceId] })
  const open = await countOpenInvoices(tx, { creatorId, resourceId, now })
  return { ...size, buyers: earned?.sales ?? 0, openInvoices: open.reduce((sum, { count }) => sum + count, 0) }
}

async function takeAway(tx: Tx, key: ResourceKey, { wasPublished, at }: { wasPublished: boolean; at: Date }) {
  const { creatorId, resourceId } = key
  const slug = (await readArticle(tx, key))?.slug ?? ''
  await deleteArticleRows(tx, key)
  if (!wasPublished) return deleteUnpublished(tx, key, at)
  await raiseChangeNumber(tx, creatorId)
  await writeDeleted(tx, key, at)
  await appendEvents(tx, [{ creatorId, type: 'resource.deleted', payload: { resourceId, slug } }])
}
