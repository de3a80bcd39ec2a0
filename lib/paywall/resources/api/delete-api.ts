/** Takes an API away for good, or one that was never on sale, if what is lost is what was confirmed. */
import type { Clock } from '#lib/clock.ts'
import type { Db, Tx } from '#lib/db.ts'
import { countOpenInvoices } from '#lib/paywall/challenges/challenge-store.ts'
import { lockCreator, raiseChangeNumber } from '#lib/paywall/creators/creator-store.ts'
import { withdrawOtherOffers } from '#lib/paywall/offers/offer-store.ts'
import { appendEvents } from '#lib/paywall/outbox-store.ts'
import type { ResourceKey } from '#lib/paywall/resources/resource.ts'
import { deleteUnpublished, getListing, lockResource, writeDeleted } from '#lib/paywall/resources/resource-store.ts'
import { listEarnings } from '#lib/paywall/settlements/sale-store.ts'
import { deleteApiRows, hasUpstream, isPublished, listRules } from './api-store.ts'

/** What is lost with an API. */
export interface ApiLoss {
  readonly isPublished: boolean
  readonly routes: number
  /** Who bought it, and for whom nothing opens any more. */
  readonly buyers: number
  /** Can still be paid when nothing stands behind them any more. */
  readonly openInvoices: number
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
    await takeAway(tx, key, { wasPublished, at: clock.now() })
    return { kind: 'deleted', wasPublished }
  })
}

async function readLoss(tx: Tx, key: ResourceKey, now: Date): Promise<ApiLoss | null> {
  const { creatorId, resourceId } = key
  if (!(await lockResource(tx, key)) || !(await hasUpstream(tx, key))) return null
  const [earned] = await listEarnings(tx, { creatorId, resourceIds: [resourceId] })
  const open = await countOpenInvoices(tx, { creatorId, resourceId, now })
  return {
    isPublished: await isPublished(tx, key),
    routes: (await listRules(tx, key)).length,
    buyers: earned?.sales ?? 0,
    openInvoices: open.reduce((sum, { count }) => sum + count, 0),
  }
}

async function takeAway(tx: Tx, key: ResourceKey, { wasPublished, at }: { wasPublished: boolean; at: Date }) {
  const { creatorId, resourceId } = key
  const { slug } = await getListing(tx, key)
  await withdrawOtherOffers(tx, key, [])
  await deleteApiRows(tx, key)
  if (!wasPublished) return deleteUnpublished(tx, key, at)
  await raiseChangeNumber(tx, creatorId)
  await writeDeleted(tx, key, at)
  await appendEvents(tx, [{ creatorId, type: 'resource.deleted', payload: { resourceId, slug } }])
}
