/** Takes an article away for good, or throws a draft away, if what is lost is what was confirmed. */
import type { Clock } from '#lib/clock.ts'
import type { Db, Tx } from '#lib/db.ts'
import { lockCreator } from '#lib/paywall/creators/creator-store.ts'
import { type BuyersLoss, readBuyersLoss, takeAway } from '#lib/paywall/resources/delete-resource.ts'
import type { ResourceKey } from '#lib/paywall/resources/resource.ts'
import { type ArticleSize, deleteArticleRows, readArticleSize } from './article-store.ts'

/** What is lost with an article. */
export interface ArticleLoss extends ArticleSize, BuyersLoss {}

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
    const deleteRows = () => deleteArticleRows(tx, key)
    await takeAway(tx, key, { wasPublished: isPublished, at: clock.now(), deleteRows })
    return { kind: 'deleted', wasPublished: isPublished }
  })
}

async function readLoss(tx: Tx, key: ResourceKey, now: Date): Promise<ArticleLoss | null> {
  const size = await readArticleSize(tx, key)
  return size === null ? null : { ...size, ...(await readBuyersLoss(tx, key, now)) }
}
