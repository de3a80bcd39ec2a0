/** Takes an API away for good, or one that was never on sale, if what is lost is what was confirmed. */
import type { Clock } from '#lib/clock.ts'
import type { Db, Tx } from '#lib/db.ts'
import { lockCreator } from '#lib/paywall/creators/creator-store.ts'
import { withdrawOtherOffers } from '#lib/paywall/offers/offer-store.ts'
import { type BuyersLoss, readBuyersLoss, takeAway } from '#lib/paywall/resources/delete-resource.ts'
import type { ResourceKey } from '#lib/paywall/resources/resource.ts'
import { lockResource } from '#lib/paywall/resources/resource-store.ts'
import { deleteApiRows, hasUpstream, isPublished, listRules } from './api-store.ts'

/** What is lost with an API. */
export interface ApiLoss extends BuyersLoss {
  readonly isPublished: boolean
  readonly routes: number
}

/** What somebody was shown before they confirmed. Invoices come and go too quickly to be part of it. */
export type ConfirmedApiLoss = Omit<ApiLoss, 'openInvoices'>

export type DeletedApi =
  /** `wasPublished`: it was on sale, and its address says that it is gone. */
  | { readonly kind: 'deleted'; readonly wasPublished: boolean }
  /** It was bought, changed or put on sale since: nothing was deleted. */
  | { readonly kind: 'changed'; readonly loss: ApiLoss }
  | { readonly kind: 'unknown' }

/** What would be lost now; `null`: this creator has no such API. */
export async function readApiLoss(
  { db, clock }: { db: Db; clock: Clock },
  { creatorId, resourceId }: ResourceKey,
): Promise<ApiLoss | null> {
  return db.asCreator(creatorId, (tx) => readLoss(tx, { creatorId, resourceId }, clock.now()))
}

/**
 * As `deleteArticle` (decisions/024): of an API that was on sale the row stays with its address and title, and so do all of
 * its services, offers and sales. Its server's address and everything that was sealed for it go. Atomic against every verb
 * of an API, which hold the creator's row too.
 */
export async function deleteApi(
  { db, clock }: { db: Db; clock: Clock },
  { creatorId, resourceId, confirmed }: ResourceKey & { confirmed: ConfirmedApiLoss },
): Promise<DeletedApi> {
  const key = { creatorId, resourceId }
  return db.asCreator(creatorId, async (tx) => {
    const loss = (await lockCreator(tx, creatorId)) ? await readLoss(tx, key, clock.now()) : null
    if (loss === null) return { kind: 'unknown' }
    const { isPublished: wasPublished, routes, buyers } = confirmed
    if (loss.isPublished !== wasPublished || loss.routes !== routes || loss.buyers !== buyers)
      return { kind: 'changed', loss }
    await takeAway(tx, key, { wasPublished, at: clock.now(), deleteRows: () => deleteRows(tx, key) })
    return { kind: 'deleted', wasPublished }
  })
}

async function readLoss(tx: Tx, key: ResourceKey, now: Date): Promise<ApiLoss | null> {
  if (!(await lockResource(tx, key)) || !(await hasUpstream(tx, key))) return null
  return {
    isPublished: await isPublished(tx, key),
    routes: (await listRules(tx, key)).length,
    ...(await readBuyersLoss(tx, key, now)),
  }
}

async function deleteRows(tx: Tx, key: ResourceKey): Promise<void> {
  await withdrawOtherOffers(tx, key, [])
  await deleteApiRows(tx, key)
}
